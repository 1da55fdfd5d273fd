// How far two scores of maxima can be from each other.
#pragma once

#include <cmath>

#include "mgan/kernels/cpu/epilogue/maxima/forward.hpp"
#include "mgan/kernels/cpu/simd/rounding.hpp"

namespace mgan::kernels {

/// At most the difference of two scores whose products differ by at most `error` and are at most `most` in size, for
/// captions of up to n words. Maxima and means pass an error on as it is.
inline double score_error(const MaximaEpilogue& e, std::int64_t K, std::int64_t n, double error, double most) {
  const double words = std::abs(static_cast<double>(e.factor_words)) * (e.mean ? 1.0 : static_cast<double>(n));
  const double rows = std::abs(static_cast<double>(e.factor_rows)) * (e.mean ? 1.0 : static_cast<double>(K));
  const double additions = static_cast<double>(K + n + 8) * unit_roundoff;
  return (words + rows) * (error + 2.1 * additions * (most + error));
}

}  // namespace mgan::kernels
