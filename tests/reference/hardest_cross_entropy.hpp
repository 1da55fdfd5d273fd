// p = S clipped to [epsilon, 1 - epsilon].
// hardest: L = -(2 sum_i log p_ii + sum_i min_{j != i} log(1 - p_ij) + sum_j min_{i != j} log(1 - p_ij))
// all:     L = -(mean_i log p_ii + sum_{i != j} log(1 - p_ij) / B^2)
#pragma once

#include <algorithm>
#include <cmath>

#include "array.hpp"

namespace reference {

/// Entries of equal image_ids are no negatives; a row or column without any adds 0.
inline double hardest_cross_entropy(const Array& scores, double epsilon, bool all,
                                    const std::vector<Index>& image_ids = {}) {
  const auto n = static_cast<std::size_t>(scores.size(0));
  const auto p = [&](std::size_t i, std::size_t j) {
    return std::min(std::max(scores.at(i, j), epsilon), 1.0 - epsilon);
  };
  double right = 0.0, every = 0.0, hardest = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    right += std::log(p(i, i));
    double row = 0.0, column = 0.0;
    for (std::size_t j = 0; j < n; ++j) {
      if (i == j || (!image_ids.empty() && image_ids.at(i) == image_ids.at(j))) continue;
      every += std::log(1.0 - p(i, j));
      row = std::min(row, std::log(1.0 - p(i, j)));
      column = std::min(column, std::log(1.0 - p(j, i)));
    }
    hardest += row + column;
  }
  const double b = static_cast<double>(n);
  return all ? -(right / b + every / (b * b)) : -(2.0 * right + hardest);
}

}  // namespace reference
