// R@1, R@5, R@10, median and mean rank of both directions, and RSum.
//
// With r the zero-based rank of a query: R@K = 100 mean(r < K), median rank = floor(median r) + 1, mean rank = mean r
// + 1.
#pragma once

#include <algorithm>
#include <cmath>

#include "mgan/metrics/ranks.hpp"

namespace mgan {

/// What a tie between a query's own candidate and others is worth.
enum class Ties {
  pessimistic,  ///< lost: a constant score matrix cannot look good. The default, and what we report.
  expected      ///< the expectation over all orders of the tied candidates: R@K of that order, r its mean rank
};

/// Percent of queries with one of their own among the first k; k at least 1, at least one query.
///
/// Ties::expected: with `above` better, `tied` tied others and `own` best own candidates, j = k - above places are
/// left, and all of them go to others with probability prod_{i<j} (tied - i) / (tied + own - i).
inline double recall_at_k(const Ranks& ranks, std::int64_t k, Ties ties = Ties::pessimistic) {
  require(k > 0, "recall_at_k: k is ", k);
  require(!ranks.empty(), "recall_at_k: no queries");
  double hits = 0.0;
  for (const Rank& rank : ranks) {
    if (ties == Ties::pessimistic) {
      hits += rank.pessimistic() < k;
      continue;
    }
    double miss = 1.0;
    for (std::int64_t i = 0; i < k - rank.above && miss > 0.0; ++i) {
      miss *= static_cast<double>(rank.tied - i) / static_cast<double>(rank.tied + rank.own - i);
    }
    hits += 1.0 - miss;
  }
  return 100.0 * hits / static_cast<double>(ranks.size());
}

/// One direction. Recalls in percent; ranks start at 1.
struct Recall {
  double r1 = 0.0, r5 = 0.0, r10 = 0.0;
  double median_rank = 0.0, mean_rank = 0.0;

  double sum() const { return r1 + r5 + r10; }
};

/// Both directions; rsum is the sum of the six recalls, at most 600.
struct RetrievalMetrics {
  Recall image_to_text, text_to_image;

  double rsum() const { return image_to_text.sum() + text_to_image.sum(); }
};

/// The metrics of one direction; at least one query.
inline Recall recall(const Ranks& ranks, Ties ties = Ties::pessimistic) {
  Recall out{recall_at_k(ranks, 1, ties), recall_at_k(ranks, 5, ties), recall_at_k(ranks, 10, ties)};
  std::vector<double> r;
  r.reserve(ranks.size());
  double total = 0.0;
  for (const Rank& rank : ranks) {
    r.push_back(ties == Ties::pessimistic ? static_cast<double>(rank.pessimistic()) : rank.expected());
    total += r.back();
  }
  const auto middle = r.begin() + static_cast<std::ptrdiff_t>(r.size() / 2);
  std::nth_element(r.begin(), middle, r.end());
  const double median = r.size() % 2 == 1 ? *middle : (*std::max_element(r.begin(), middle) + *middle) / 2.0;
  out.median_rank = std::floor(median) + 1.0;
  out.mean_rank = total / static_cast<double>(r.size()) + 1.0;
  return out;
}

/// scores (n_images, n_texts), owner (n_texts): the image of each text, in any order, every image at least once.
/// Three passes over the scores and no sort of a row. Errors as check_scores.
template <ScoreRange X>
RetrievalMetrics retrieval_metrics(const X& scores, std::int64_t n_images, std::int64_t n_texts,
                                   std::span<const std::int64_t> owner, Ties ties = Ties::pessimistic) {
  check_scores(scores, n_images, n_texts, owner);
  const auto images = static_cast<std::size_t>(n_images), texts = static_cast<std::size_t>(n_texts);
  return {recall(detail::image_to_text_ranks(scores, images, texts, owner), ties),
          recall(detail::text_to_image_ranks(scores, images, texts, owner), ties)};
}

}  // namespace mgan
