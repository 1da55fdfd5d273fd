// Eq. (13), (14): sum_i [margin + s_ij - s_ii]_+ and [margin + s_ji - s_ii]_+ over the hardest, or all, negatives j.
#pragma once

#include <algorithm>

#include "array.hpp"

namespace reference {

enum class Negatives { hardest, all };

/// scores (B, B), pair i at (i, i). Entries with equal image_ids are not negatives; without ids only (i, i) is none.
inline double triplet_ranking_loss(const Array& scores, double margin, Negatives negatives,
                                   const std::vector<Index>& image_ids = {}) {
  double loss = 0.0;
  const auto n = static_cast<std::size_t>(scores.size(0));
  for (std::size_t i = 0; i < n; ++i) {
    double hardest_text = 0.0, hardest_image = 0.0, all = 0.0;
    for (std::size_t j = 0; j < n; ++j) {
      if (image_ids.empty() ? i == j : image_ids.at(i) == image_ids.at(j)) continue;
      const double text = std::max(0.0, margin + scores.at(i, j) - scores.at(i, i));
      const double image = std::max(0.0, margin + scores.at(j, i) - scores.at(i, i));
      hardest_text = std::max(hardest_text, text);
      hardest_image = std::max(hardest_image, image);
      all += text + image;
    }
    loss += negatives == Negatives::all ? all : hardest_text + hardest_image;
  }
  return loss;
}

}  // namespace reference
