// The best k of every image and of every text, from scores that come block by block: no (images, texts) matrix.
//
// Larger scores first, of equal scores the lower index: a total order, so that the result does not depend on the order
// of the blocks. Memory is O((images + texts) k).
#pragma once

#include <algorithm>

#include "mgan/metrics/streaming_ranks.hpp"

namespace mgan {

/// A candidate and its score.
template <std::floating_point S>
struct Found {
  std::int64_t index = -1;
  S score = 0;

  /// True where this one comes before the other.
  bool before(const Found& other) const { return score > other.score || (score == other.score && index < other.index); }
  bool operator==(const Found&) const = default;
};

/// The best k candidates of each of n queries.
template <std::floating_point S>
class TopK {
 public:
  TopK(std::int64_t queries, std::int64_t k)
      : k_(static_cast<std::size_t>(k)), best_(static_cast<std::size_t>(queries)) {
    require(queries >= 0 && k > 0, "TopK: ", queries, " queries, k is ", k);
  }

  void add(std::int64_t query, std::int64_t candidate, S s) {
    require(s == s, "TopK: the score of query ", query, " and candidate ", candidate, " is NaN");
    const Found<S> found{candidate, s};
    std::vector<Found<S>>& best = best_[static_cast<std::size_t>(query)];  // a heap, its worst in front
    if (best.size() == k_) {
      if (!found.before(best.front())) return;
      std::pop_heap(best.begin(), best.end(), in_order);
      best.back() = found;
    } else {
      best.push_back(found);
    }
    std::push_heap(best.begin(), best.end(), in_order);
  }
  /// True where a candidate with at most this score cannot be among the best k of what came so far.
  bool excludes(std::int64_t query, std::int64_t candidate, S upper) const {
    const std::vector<Found<S>>& best = best_[static_cast<std::size_t>(query)];
    return best.size() == k_ && !Found<S>{candidate, upper}.before(best.front());
  }

  std::int64_t queries() const { return static_cast<std::int64_t>(best_.size()); }
  /// The best of a query, best first; fewer than k where fewer came.
  std::vector<Found<S>> of(std::int64_t query) const {
    std::vector<Found<S>> sorted = best_.at(static_cast<std::size_t>(query));
    std::sort(sorted.begin(), sorted.end(), in_order);
    return sorted;
  }

 private:
  static bool in_order(const Found<S>& a, const Found<S>& b) { return a.before(b); }

  std::size_t k_;
  std::vector<std::vector<Found<S>>> best_;
};

/// Both directions at once.
template <std::floating_point S>
struct StreamingTopK {
  TopK<S> texts_of_image, images_of_text;

  StreamingTopK(std::int64_t images, std::int64_t texts, std::int64_t k)
      : texts_of_image(images, k), images_of_text(texts, k) {}

  void add(const ScoreBlock<S>& block) {
    for (std::size_t r = 0; r < block.images.size(); ++r) {
      for (std::size_t c = 0; c < block.texts.size(); ++c) {
        texts_of_image.add(block.images[r], block.texts[c], block.at(r, c));
        images_of_text.add(block.texts[c], block.images[r], block.at(r, c));
      }
    }
  }
};

}  // namespace mgan
