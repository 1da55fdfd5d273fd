// Vectors of W floats by the compiler's own extension: one source for AVX-512 (16), AVX2 (8) and any machine (4).
//
// Everything here is always inlined into a function that was compiled for the instructions at hand (levels.hpp), and
// takes references, so that no vector crosses a call.
#pragma once

#include <cstdint>

#include "mgan/core/requirements.hpp"

namespace mgan::kernels {

/// Images are handled in groups of 16, whatever the width of a vector.
inline constexpr int lanes = 16;

template <int W>
struct VectorTypes {
  typedef float floats __attribute__((vector_size(4 * W)));
  typedef std::int32_t integers __attribute__((vector_size(4 * W)));
  typedef float unaligned __attribute__((vector_size(4 * W), aligned(4), may_alias));
  typedef std::int32_t unaligned_integers __attribute__((vector_size(4 * W), aligned(4), may_alias));
};
template <int W>
using Floats = typename VectorTypes<W>::floats;
template <int W>
using Integers = typename VectorTypes<W>::integers;

template <int W>
[[gnu::always_inline]] inline void load(Floats<W>& v, const float* from) {
  v = *reinterpret_cast<const typename VectorTypes<W>::unaligned*>(from);
}
template <int W>
[[gnu::always_inline]] inline void load(Integers<W>& v, const std::uint32_t* from) {
  v = *reinterpret_cast<const typename VectorTypes<W>::unaligned_integers*>(from);
}
template <int W>
[[gnu::always_inline]] inline void store(float* to, const Floats<W>& v) {
  *reinterpret_cast<typename VectorTypes<W>::unaligned*>(to) = v;
}
template <class V>
[[gnu::always_inline]] inline void raise_to(V& most, const V& x) {
  most = x > most ? x : most;
}

/// y = 2^t for t <= 0, to about 2e-7 of its value; exactly 1 at 0, and 0 below -60: beside the largest weight,
/// which is 1, that is nothing, and products of two such weights are no subnormal numbers, each of which costs an
/// Intel core a hundred cycles.
template <int W>
[[gnu::always_inline]] inline void exp2_of(Floats<W>& y, const Floats<W>& t) {
  using V = Floats<W>;
  using Int = typename VectorTypes<W>::integers;
  const V lowest = V{} - 60.0f;
  const V x = t > lowest ? t : lowest;
  constexpr float shift = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const V n = (x + shift) - shift;
  const V r = x - n;  // -1/2 .. 1/2; the series of 2^r in r ln 2, whose constant term makes 2^0 exactly 1
  V p = r * 1.5403530393e-4f + 1.3333558146e-3f;
  p = p * r + 9.6181291076e-3f;
  p = p * r + 5.5504108665e-2f;
  p = p * r + 2.4022650696e-1f;
  p = p * r + 6.9314718056e-1f;
  p = p * r + 1.0f;
  const Int exponent = (__builtin_convertvector(n, Int) + 127) << 23;
  V power;
  __builtin_memcpy(&power, &exponent, sizeof power);
  y = t > lowest ? p * power : V{};
}

}  // namespace mgan::kernels
