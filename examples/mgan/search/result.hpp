// The best images of a query, and what each granularity says of them.
#pragma once

#include <vector>

#include "query.hpp"

namespace program::search {

/// One granularity's opinion of a result.
struct PartOfResult {
  double score = 0, weighted = 0;
  std::int64_t rank_alone = 0;    // from 1, by this granularity's score
  std::int64_t rank_without = 0;  // from 1, by the sum of the others; 0 where there is no other
};

struct Result {
  std::size_t image = 0;
  std::int64_t rank = 0;  // from 1
  double score = 0;
  std::array<PartOfResult, 3> part;
};

/// One query's answer. Of equal scores the image that comes first in the index wins.
struct Answer {
  std::array<bool, 3> has{};  // granularities that were compared
  std::array<double, 3> weight{};
  std::vector<Result> results;
  std::array<std::vector<std::size_t>, 3> best_without;  // the best images when a granularity is left out
  double encoding_ms = 0, scoring_ms = 0;
};
Answer answer(const IndexScores& scores, std::size_t k);

}  // namespace program::search
