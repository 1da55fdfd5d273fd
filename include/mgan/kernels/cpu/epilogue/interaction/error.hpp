// How far two scores of the similarity interaction can be from each other: because C differs, and because either was
// computed in single precision.
//
// One interaction of n numbers x, |x| <= s, each known up to e; rho counts what rounding does to a weight:
//
//     p = softmax(x / t)   |dp|_1 <= e / t + rho_p             the 1-norm of a difference of two softmaxes is at most
//     y = A p              |dy| <= spread(A) / 2 |dp|_1        half of the oscillation of the difference of their
//     a = softmax(y / t)   |da|_1 <= |dy| / t + rho_a          logits (Birkhoff); spread: the largest of a row of A
//     o = a . x            |do| <= e + s |da|_1 + rho_o
//
//     rho_p = 8 u s / t + (n + 8) u + 1e-6                     a difference, two products and exp2_of, which is off by
//                                                              2e-7 of its value; sums of n terms
//     rho_a = (3 (n + 8) u + 8 u) |A| / t + (n + 8) u + 1e-6   the chain of A, the first sum, and as before
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "mgan/kernels/cpu/epilogue/interaction/forward.hpp"
#include "mgan/kernels/cpu/simd/rounding.hpp"

namespace mgan::kernels {

/// Of a leading block (n, n), row-major: the largest spread of a row and the largest entry in size.
struct WeightSize {
  double spread = 0, largest = 0;

  static WeightSize of(const float* A, std::int64_t leading, std::int64_t n) {
    WeightSize size;
    for (std::int64_t i = 0; i < n; ++i) {
      const auto [low, high] = std::minmax_element(A + i * leading, A + i * leading + n);
      const auto least = static_cast<double>(*low), most = static_cast<double>(*high);
      size.spread = std::max(size.spread, most - least);
      size.largest = std::max({size.largest, std::abs(most), std::abs(least)});
    }
    return size;
  }
};

/// At most |o - o'| of two interactions of n numbers of at most `most` in size that differ by at most `error`, of which
/// `rounded`, one or both, are computed in single precision.
inline double interaction_error(const WeightSize& A, std::int64_t n, double temperature, double error, double most,
                                int rounded = 2) {
  const double u = unit_roundoff, terms = static_cast<double>(n + 8) * u, exponential = 1e-6;
  const double size = most + error;
  const double p = std::min(2.0, error / temperature + rounded * (8 * u * size / temperature + terms + exponential));
  const double y =
      A.spread / 2 * p / temperature + rounded * ((3 * terms + 8 * u) * A.largest / temperature + exponential);
  const double a = std::min(2.0, y + rounded * terms);
  return std::min(error + size * a + 2 * rounded * terms * size, 2 * size * (1 + 4 * terms));
}

/// At most the difference of two scores whose products differ by at most `error` and are at most `most` in size, for
/// captions of n words.
inline double score_error(const InteractionEpilogue& e, std::int64_t K, std::int64_t n, double error, double most) {
  const auto t = static_cast<double>(e.temperature);
  const auto isa = [t](const float* A, std::int64_t leading, std::int64_t count, double off, double size) {
    return interaction_error(WeightSize::of(A, leading, count), count, t, off, size);
  };
  const double rows = isa(e.A1, e.words, n, error, most), words = isa(e.A3, K, K, error, most);
  const double size = most * (1 + 1e-3);  // a mean of numbers, rounded
  return (isa(e.A2, K, K, rows, size) + isa(e.A4, e.words, n, words, size)) / 2 + 4 * unit_roundoff * size;
}

}  // namespace mgan::kernels
