// The best k captions of every image and the best k images of every caption, of S = base + weight * patch, with the
// patch scores of few pairs. The k and their order are those of brute force: larger first, of equals the lower index.
//
// A pair is out of a query's best k where its upper bound is below its floor, the k-th largest lower bound of the
// query's candidates, or behind k scores that came before. The k most promising pairs of each query are scored before
// the others are looked at more closely, and again before the rest is scored: that raises the floors.
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

  /// slack: pairs this close below the best k become known as well.
  PrunedTopK(const PairScorer<Epilogue>& scorer, float weight, std::int64_t k, const ParallelFor& parallel_for,
             Candidate candidate = {}, float slack = 0)
      : scorer_(scorer),
        weight_(weight),
        slack_(slack),
        k_(k),
        parallel_for_(parallel_for),
        candidate_(std::move(candidate)),
        best_(scorer.images(), scorer.texts(), k),
        image_floor_(static_cast<std::size_t>(scorer.images()), -INFINITY),
        text_floor_(static_cast<std::size_t>(scorer.texts()), -INFINITY) {
    require(slack >= 0, "PrunedTopK: slack is ", slack, ", expected 0 or more");
  }

  /// The candidates of a block of base scores, every pair once. Returns what became known of the block: exact where a
  /// pair can be among the best k of its image or caption, elsewhere with an upper bound too low for both. What `base`
  /// points to has to outlive it.
  Block add(const ScoreBlock<float>& base) {
    Block block(scorer_, base, weight_, parallel_for_);
    if (block.rows() == 0 || block.columns() == 0) return block;
    const auto settled = [this](std::int64_t image, std::int64_t text, float, float upper) {
      return !candidate_(image, text) || (out(best_.texts_of_image, image_floor_, image, text, upper) &&
                                          out(best_.images_of_text, text_floor_, text, image, upper));
    };
    std::vector<std::int64_t> exact;
    const auto score_exactly = [&](const std::vector<std::int64_t>& places) {
      block.fix(places);
      exact.insert(exact.end(), places.begin(), places.end());
      raise_floors(block);
    };
    raise_floors(block);
    score_exactly(most_promising(block, block.open(settled)));
    block.narrow(settled);
    raise_floors(block);
    score_exactly(most_promising(block, block.open(settled)));
    score_exactly(block.open(settled));
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
  bool out(const TopK<float>& best, const std::vector<float>& floor, std::int64_t query, std::int64_t candidate,
           float upper) const {
    return upper + slack_ < floor[static_cast<std::size_t>(query)] || best.excludes(query, candidate, upper + slack_);
  }

  /// Floors of the block's images and texts, from the lower bounds as they are now.
  void raise_floors(const Block& block) {
    const std::int64_t R = block.rows(), C = block.columns();
    std::vector<float> lower(static_cast<std::size_t>(R * C));  // (R, C), -infinity where a pair is no candidate
    parallel_for_(R, [&](std::int64_t first, std::int64_t last) {
      std::vector<float> of_image;
      for (std::int64_t r = first; r < last; ++r) {
        for (std::int64_t at = r * C; at < (r + 1) * C; ++at)
          lower[static_cast<std::size_t>(at)] =
              candidate_(block.image(at), block.text(at)) ? block.score(at).lower : -INFINITY;
        of_image.assign(lower.begin() + r * C, lower.begin() + (r + 1) * C);
        raise(image_floor_[static_cast<std::size_t>(block.image(r * C))], of_image);
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

  /// Of the open places, for every row and column the k whose intervals have the highest middles, as far as these would
  /// be among its best; in order.
  std::vector<std::int64_t> most_promising(const Block& block, const std::vector<std::int64_t>& open) const {
    struct Middle {
      float score;
      std::int64_t at;
    };
    std::vector<std::vector<Middle>> queries(static_cast<std::size_t>(block.rows() + block.columns()));
    for (const std::int64_t at : open) {
      const kernels::Interval s = block.score(at);
      const float middle = s.lower / 2 + s.upper / 2;
      const std::int64_t image = block.image(at), text = block.text(at);
      if (!out(best_.texts_of_image, image_floor_, image, text, middle))
        queries[static_cast<std::size_t>(at / block.columns())].push_back({middle, at});
      if (!out(best_.images_of_text, text_floor_, text, image, middle))
        queries[static_cast<std::size_t>(block.rows() + at % block.columns())].push_back({middle, at});
    }
    std::vector<std::int64_t> places;
    for (auto& of_query : queries) {
      const auto n = std::min(k_, static_cast<std::int64_t>(of_query.size()));
      std::partial_sort(of_query.begin(), of_query.begin() + n, of_query.end(),
                        [](const Middle& a, const Middle& b) { return a.score > b.score; });
      for (std::int64_t i = 0; i < n; ++i) places.push_back(of_query[static_cast<std::size_t>(i)].at);
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    return places;
  }

  const PairScorer<Epilogue>& scorer_;
  float weight_, slack_;
  std::int64_t k_;
  ParallelFor parallel_for_;
  Candidate candidate_;
  StreamingTopK<float> best_;
  std::vector<float> image_floor_, text_floor_;
  PairCounts counts_;
};

}  // namespace mgan
