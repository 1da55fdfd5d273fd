// Rounding in single precision, once: what every bound of an error is made of.
#pragma once

#include <cmath>

namespace mgan::kernels {

/// u: a number rounded to nearest is off by at most u times its size.
inline constexpr double unit_roundoff = 0x1p-24;

/// A chain of m additions or multiply-adds is off by at most this times the sum of the sizes of its terms.
inline double chain_error(double m) { return m * unit_roundoff / (1 - m * unit_roundoff); }

/// A float that is not below x, or not above it.
inline float above(double x) { return std::nextafter(static_cast<float>(x), INFINITY); }
inline float below(double x) { return std::nextafter(static_cast<float>(x), -INFINITY); }

}  // namespace mgan::kernels
