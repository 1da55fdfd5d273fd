// Whether equal scores decide a figure.
#pragma once

#include "mgan/metrics/ranks.hpp"

namespace mgan {

/// Queries whose hit among the first k depends on the order of candidates that share the score of their best own one.
inline std::int64_t tied_queries(const Ranks& ranks, std::int64_t k) {
  std::int64_t count = 0;
  for (const Rank& rank : ranks) count += rank.above < k && rank.above + rank.tied >= k;
  return count;
}

/// The same for R@1, R@5 and R@10: queries of which at least one hit depends on it.
inline std::int64_t tied_queries(const Ranks& ranks) {
  std::int64_t count = 0;
  for (const Rank& rank : ranks) {
    bool decided = false;
    for (const std::int64_t k : {1, 5, 10}) decided |= rank.above < k && rank.above + rank.tied >= k;
    count += decided;
  }
  return count;
}

}  // namespace mgan
