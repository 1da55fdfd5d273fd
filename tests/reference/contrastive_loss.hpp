// L = (mean_i log sum_j exp(s (S_ij - S_ii + margin [j != i])) + the same of columns) / 2, or their sum. Entries of
// equal image_ids other than (i, i) are left out.
#pragma once

#include <cmath>

#include "array.hpp"

namespace reference {

/// scores (B, B), s the inverse temperature.
inline double contrastive_loss(const Array& scores, double s, double margin, bool halved,
                               const std::vector<Index>& image_ids = {}) {
  const auto n = static_cast<std::size_t>(scores.size(0));
  double rows = 0.0, columns = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    double row = 1.0, column = 1.0;  // the pair itself: exp(0)
    for (std::size_t j = 0; j < n; ++j) {
      if (i == j || (!image_ids.empty() && image_ids.at(i) == image_ids.at(j))) continue;
      row += std::exp(s * (scores.at(i, j) - scores.at(i, i) + margin));
      column += std::exp(s * (scores.at(j, i) - scores.at(i, i) + margin));
    }
    rows += std::log(row);
    columns += std::log(column);
  }
  return (rows + columns) / static_cast<double>(n) * (halved ? 0.5 : 1.0);
}

}  // namespace reference
