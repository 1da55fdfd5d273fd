// The patch selector in training: Y = (1/n) sum_i onehot(top_k(s + sigma z_i)) and its estimated gradient.
#pragma once

#include "top_k.hpp"

namespace reference {

/// The indices of draw i: the K largest of s + sigma z_i. scores (I, M), noise (I, n, M).
inline std::vector<Index> perturbed_indices(const Array& scores, const Array& noise, Index image, Index draw, Index k,
                                            double sigma) {
  Vector perturbed;
  for (Index m = 0; m < scores.size(1); ++m)
    perturbed.push_back(scores.at(image, m) + sigma * noise.at(image, draw, m));
  return top_k(perturbed, k);
}

/// scores (I, M), noise (I, n, M) -> indicator (I, K, M); every row sums to 1.
inline Array perturbed_top_k(const Array& scores, const Array& noise, Index k, double sigma) {
  Array indicator({scores.size(0), k, scores.size(1)});
  const Index draws = noise.size(1);
  for (Index i = 0; i < scores.size(0); ++i) {
    for (Index draw = 0; draw < draws; ++draw) {
      const std::vector<Index> chosen = perturbed_indices(scores, noise, i, draw, k, sigma);
      for (Index row = 0; row < k; ++row) {
        indicator.at(i, row, chosen[static_cast<std::size_t>(row)]) += 1.0 / static_cast<double>(draws);
      }
    }
  }
  return indicator;
}

/// full:     ds_j = (1/(n sigma)) sum_i sum_{row,m} cotangent_{row,m} onehot_i{row,m} z_ij
/// diagonal: the same with the terms m = j alone. cotangent (I, K, M) -> (I, M).
inline Array perturbed_top_k_gradient(const Array& scores, const Array& noise, Index k, double sigma,
                                      const Array& cotangent, bool diagonal) {
  Array gradient({scores.size(0), scores.size(1)});
  const Index draws = noise.size(1);
  for (Index i = 0; i < scores.size(0); ++i) {
    for (Index draw = 0; draw < draws; ++draw) {
      const std::vector<Index> chosen = perturbed_indices(scores, noise, i, draw, k, sigma);
      for (Index row = 0; row < k; ++row) {
        const Index m = chosen[static_cast<std::size_t>(row)];
        for (Index j = 0; j < scores.size(1); ++j) {
          if (diagonal && m != j) continue;
          gradient.at(i, j) += cotangent.at(i, row, m) * noise.at(i, draw, j) / (static_cast<double>(draws) * sigma);
        }
      }
    }
  }
  return gradient;
}

}  // namespace reference
