// The best k captions of every image and the best k images of every caption, of S = base + weight * patch, with the
// patch scores of few pairs. The k and their order are those of brute force: larger first, of equals the lower index.
//
// A pair is out of a query's best k where its upper bound is below its floor, the k-th largest lower bound of the
// query's candidates, or behind k scores that came before. What is left is scored in two rounds: for each query the k
// with the highest upper bounds, which raise the floors, and then the rest.
#pragma once

#include <algorithm>
#include <functional>

#include "mgan/fused/bounded_block.hpp"
#include "mgan/metrics/streaming_top_k.hpp"

namespace mgan {

/// Every pair is a candidate.
struct any_pair {
  bool operator()(std::int64_t, std::int64_t) const { return true; }
};

/// `Candidate`: candidate(image, text) is false for pairs that do not count, as a caption's own image does not among
/// its negatives; called on any thread.
template <class Epilogue, class ParallelFor, class Candidate = any_pair>
class PrunedTopK {
 public:
  using Block = BoundedBlock<Epilogue, ParallelFor>;

  PrunedTopK(const PairScorer<Epilogue>& scorer, float weight, std::int64_t n_images, std::int64_t n_texts,
             std::int64_t k, const ParallelFor& parallel_for, Candidate candidate = {})
      : scorer_(scorer),
        weight_(weight),
        k_(k),
        parallel_for_(parallel_for),
        candidate_(std::move(candidate)),
        best_(n_images, n_texts, k),
        image_floor_(static_cast<std::size_t>(n_images), -INFINITY),
        text_floor_(static_cast<std::size_t>(n_texts), -INFINITY) {}

  /// The candidates of a block of base scores, every pair once. Returns what became known of the block: exact where a
  /// pair can be among the best k of its image or caption, elsewhere with an upper bound too low for both.
  Block add(const ScoreBlock<float>& base) {
    Block block(scorer_, base, weight_, parallel_for_);
    const auto settled = [this](std::int64_t image, std::int64_t text, float, float upper) {
      return !candidate_(image, text) || (out(best_.texts_of_image, image_floor_, image, text, upper) &&
                                          out(best_.images_of_text, text_floor_, text, image, upper));
    };
    raise_floors(block);
    block.narrow(settled);
    raise_floors(block);
    std::vector<std::int64_t> exact = most_promising(block, block.open(settled));
    block.fix(exact);
    raise_floors(block);
    std::vector<std::int64_t> rest;
    for (const std::int64_t at : block.open(settled))
      if (!block.known(at)) rest.push_back(at);
    block.fix(rest);
    exact.insert(exact.end(), rest.begin(), rest.end());
    for (const std::int64_t at : exact) {
      best_.texts_of_image.add(block.image(at), block.text(at), block.score(at).lower);
      best_.images_of_text.add(block.text(at), block.image(at), block.score(at).lower);
    }
    counts_ += block.counts();
    return block;
  }

  const StreamingTopK<float>& best() const { return best_; }
  const PairCounts& counts() const { return counts_; }

 private:
  static bool out(const TopK<float>& best, const std::vector<float>& floor, std::int64_t query, std::int64_t candidate,
                  float upper) {
    return upper < floor[static_cast<std::size_t>(query)] || best.excludes(query, candidate, upper);
  }

  /// Floors of the block's images and texts, from the lower bounds as they are now.
  void raise_floors(const Block& block) {
    const std::int64_t R = block.rows(), C = block.columns();
    std::vector<float> lower(static_cast<std::size_t>(R * C));  // (R, C), -infinity where a pair is no candidate
    parallel_for_(R, [&](std::int64_t first, std::int64_t last) {
      std::vector<float> row;
      for (std::int64_t r = first; r < last; ++r) {
        for (std::int64_t at = r * C; at < (r + 1) * C; ++at)
          lower[static_cast<std::size_t>(at)] =
              candidate_(block.image(at), block.text(at)) ? block.score(at).lower : -INFINITY;
        row.assign(lower.begin() + r * C, lower.begin() + (r + 1) * C);
        raise(image_floor_[static_cast<std::size_t>(block.image(r * C))], row);
      }
    });
    parallel_for_(C, [&](std::int64_t first, std::int64_t last) {
      std::vector<float> column(static_cast<std::size_t>(R));
      for (std::int64_t c = first; c < last; ++c) {
        for (std::int64_t r = 0; r < R; ++r)
          column[static_cast<std::size_t>(r)] = lower[static_cast<std::size_t>(r * C + c)];
        raise(text_floor_[static_cast<std::size_t>(block.text(c))], column);
      }
    });
  }
  /// floor to the k-th largest number; reorders them.
  void raise(float& floor, std::vector<float>& numbers) const {
    if (static_cast<std::int64_t>(numbers.size()) < k_) return;
    const auto kth = numbers.begin() + (k_ - 1);
    std::nth_element(numbers.begin(), kth, numbers.end(), std::greater<>());
    floor = std::max(floor, *kth);
  }

  /// Of the open places, the k with the highest upper bounds in every row and column, in order.
  std::vector<std::int64_t> most_promising(const Block& block, const std::vector<std::int64_t>& open) const {
    const auto by_upper = [&](std::int64_t a, std::int64_t b) { return block.score(a).upper > block.score(b).upper; };
    std::vector<std::vector<std::int64_t>> queries(static_cast<std::size_t>(block.rows() + block.columns()));
    for (const std::int64_t at : open) {
      queries[static_cast<std::size_t>(at / block.columns())].push_back(at);
      queries[static_cast<std::size_t>(block.rows() + at % block.columns())].push_back(at);
    }
    std::vector<std::int64_t> places;
    for (auto& of_query : queries) {
      const auto n = std::min(k_, static_cast<std::int64_t>(of_query.size()));
      std::partial_sort(of_query.begin(), of_query.begin() + n, of_query.end(), by_upper);
      places.insert(places.end(), of_query.begin(), of_query.begin() + n);
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    return places;
  }

  const PairScorer<Epilogue>& scorer_;
  float weight_;
  std::int64_t k_;
  ParallelFor parallel_for_;
  Candidate candidate_;
  StreamingTopK<float> best_;
  std::vector<float> image_floor_, text_floor_;
  PairCounts counts_;
};

}  // namespace mgan
