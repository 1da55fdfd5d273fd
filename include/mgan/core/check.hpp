// Border checks: shapes always, values (NaN, infinity) once, in prepare.
#pragma once

#include <atomic>
#include <cmath>
#include <type_traits>

#include "mgan/core/host.hpp"
#include "mgan/core/masked.hpp"

namespace mgan {

struct shape_fn {
  template <Tensor X>
  Shape operator()(const X& x) const {
    return ops_for<X>::shape(x);
  }
  template <class T>
  Shape operator()(const Masked<T>& x) const {
    return ops_for<T>::shape(x.values);
  }
};
/// Axis lengths, leading axes included.
inline constexpr shape_fn shape{};

/// Length of an axis counted from the end: axis(x, 1) is the last. 0 for an axis that is not there.
template <Tokens X>
std::int64_t axis(const X& x, std::size_t from_end) {
  const Shape s = shape(x);
  return from_end <= s.size() ? s[s.size() - from_end] : 0;
}

/// Whether prepare looks for NaN and infinity. On by default; one pass over the inputs, on CUDA one synchronisation.
/// For the whole process; it may be set while threads run.
inline std::atomic<bool> check_values = true;

/// Throws `where: what(2, 3, 17) is nan` for the first value that is not finite.
template <Tokens X>
void check_finite(const char* where, const char* what, const X& x) {
  if (!check_values) return;
  using ops = ops_for<decltype(values(x))>;
  if (ops::all_finite(values(x))) return;
  const HostArray host = ops::to_host(values(x));
  for (std::size_t i = 0; i < host.values.size(); ++i) {
    if (!std::isfinite(host.values[i])) {
      const Shape at = position(static_cast<std::int64_t>(i), host.shape);
      fail(where, ": ", what, to_string(at), " is ", host.values[i]);
    }
  }
}

/// Throws `where: what has shape (30, 30), expected (32, 32)`.
template <Tensor X>
void check_shape(const char* where, const char* what, const X& x, const Shape& expected) {
  const Shape actual = shape(x);
  if (actual != expected) fail(where, ": ", what, " is ", actual, ", expected ", expected);
}

/// Rows of a sample: at least one row, and `width` columns where it is known (0: any).
template <Tokens X>
void check_rows(const char* where, const char* what, const X& x, std::int64_t width = 0) {
  const Shape s = shape(x);
  require(s.size() >= 2, where, ": ", what, " has shape ", s, ", expected (..., rows, columns)");
  require(s[s.size() - 2] > 0, where, ": ", what, " has no rows: ", s);
  require(width == 0 || s.back() == width, where, ": ", what, " is ", s, ", expected ", width, " columns");
  if constexpr (is_masked<X>) {
    Shape expected = s;
    expected.pop_back();
    require(shape(x.mask) == expected, where, ": the mask of ", what, " is ", shape(x.mask), ", expected ", expected);
  }
}

/// Throws `where: what is nan, expected > 0` unless a constant of a formula is a positive, finite number.
inline void check_positive(const char* where, const char* what, double value) {
  require(value > 0 && value <= 1e30, where, ": ", what, " is ", value, ", expected > 0");
}

/// Both sides have the same scalar type and device: mixed precision is an error, never a silent cast.
template <Tensor A, Tensor B>
void check_same_kind(const char* where, const char* what, const A& a, const B& b) {
  ops_for<A>::check_same_kind(where, what, a, b);
}

}  // namespace mgan
