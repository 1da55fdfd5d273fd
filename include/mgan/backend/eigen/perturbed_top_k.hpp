// Top-K of a vector, and its mean under Gaussian noise (Berthet et al. 2020).
#pragma once

#include <cmath>
#include <random>

#include "mgan/backend/eigen/traits.hpp"
#include "mgan/core/error.hpp"
#include "mgan/core/top_k.hpp"

namespace mgan {

/// Indices of the k largest scores, ascending; of equal scores the lower index wins.
template <class S>
EigenVector<std::int64_t> largest(const EigenVector<S>& scores, Eigen::Index k) {
  require(k >= 0 && k <= scores.size(), "top_k: k is ", k, " of ", scores.size(), " scores");
  EigenVector<std::int64_t> chosen(k);
  TopKOfRow<S>{scores.size()}(scores.data(), k, chosen.data());
  return chosen;
}

/// Y[k, m] = (1/n) sum_i [the k-th chosen of scores + sigma z_i is m]: scores (M), noise (n, M) -> (K, M).
template <class S>
EigenMatrix<S> mean_indicator(const EigenVector<S>& scores, const EigenMatrix<S>& noise, Eigen::Index k, S sigma) {
  EigenMatrix<S> indicator = EigenMatrix<S>::Zero(k, scores.size());
  for (Eigen::Index i = 0; i < noise.rows(); ++i) {
    const auto chosen = largest<S>(scores + sigma * noise.row(i).transpose(), k);
    for (Eigen::Index place = 0; place < k; ++place) indicator(place, chosen(place)) += S(1);
  }
  return indicator / S(noise.rows());
}

/// Standard normal numbers (rows, cols) by Box-Muller from a 64-bit generator, the same on every platform.
template <class S, class Generator>
EigenMatrix<S> standard_normal(Eigen::Index rows, Eigen::Index cols, Generator& generator) {
  static_assert(Generator::max() == ~std::uint64_t{0},
                "mgan: a 64-bit generator is needed, for example std::mt19937_64");
  const auto uniform = [&] { return (static_cast<double>(generator() >> 11) + 0.5) * 0x1.0p-53; };
  EigenMatrix<S> z(rows, cols);
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index j = 0; j < cols; ++j)
      z(i, j) = static_cast<S>(std::sqrt(-2 * std::log(uniform())) * std::cos(2 * M_PI * uniform()));
  return z;
}

}  // namespace mgan
