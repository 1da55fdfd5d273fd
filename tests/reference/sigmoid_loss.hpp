// L = 1/B sum_ij -log sigmoid(z_ij (s S_ij + b)), z = 1 for a pair and for equal image_ids, else -1.
#pragma once

#include <cmath>

#include "array.hpp"

namespace reference {

inline double sigmoid_loss(const Array& scores, double s, double b, const std::vector<Index>& image_ids = {}) {
  const auto n = static_cast<std::size_t>(scores.size(0));
  double loss = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const bool right = i == j || (!image_ids.empty() && image_ids.at(i) == image_ids.at(j));
      const double logit = s * scores.at(i, j) + b;
      loss -= std::log(1.0 / (1.0 + std::exp(right ? -logit : logit)));
    }
  }
  return loss / static_cast<double>(n);
}

}  // namespace reference
