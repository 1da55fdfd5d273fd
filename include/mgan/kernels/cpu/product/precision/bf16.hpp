// C = x^ . w^, x^ and w^ rounded to 8 significant bits, products exact, their sum a chain in fp32.
#pragma once

#include <cmath>
#include <cstring>

#include "mgan/kernels/cpu/product/precision/precision.hpp"

namespace mgan::kernels {

struct Bf16 {
  using Unit = std::uint32_t;  // number 2u in the low half, 2u + 1 in the high half
  using Own = Targets<Target::avx512_bf16, Target::amx_bf16>;
  static constexpr const char* name = "bf16";
  static constexpr std::int64_t numbers = 2, widest = any_width;
  static constexpr bool exact = false, scaled = false;
  template <int W>
  using Units = Integers<W>;
  template <int W>
  using Sum = Floats<W>;

  /// To the nearest of 8 significant bits, ties to even; below 2^-50 to zero, so that no product or sum of products is
  /// subnormal, which the instruction would flush.
  static std::uint32_t rounded(float x) {
    if (!(std::abs(x) >= 0x1p-50f)) return x != x ? 0x7fc0u : 0u;
    std::uint32_t bits;
    std::memcpy(&bits, &x, 4);
    return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  }
  static float value(std::uint32_t half) {
    const std::uint32_t bits = half << 16;
    float x;
    std::memcpy(&x, &bits, 4);
    return x;
  }

  /// The row's units to to[u * next].
  static void pack(Side, const float* from, std::int64_t width, Unit* to, std::int64_t next, RowFacts& facts,
                   std::int64_t row) {
    double square = 0, error = 0;
    for (std::int64_t d = 0; d < width; ++d) {
      const std::uint32_t half = rounded(from[d]);
      to[d / 2 * next] |= d % 2 == 0 ? half : half << 16;
      const double x = static_cast<double>(from[d]), off = x - static_cast<double>(value(half));
      square += x * x;
      error += off * off;
    }
    facts.norm[row] = norm_above(square);
    facts.error[row] = norm_above(error);
  }

  /// What vdpbf16ps does, on vectors of any width: the high halves' products first. A product of two bf16 is exact.
  template <int W>
  [[gnu::always_inline]] static void add(Sum<W>& sum, const Units<W>& x, Unit w) {
    const Integers<W> high = x & static_cast<std::int32_t>(0xffff0000u), low = x << 16;
    Floats<W> a, b;
    __builtin_memcpy(&a, &high, sizeof a);
    __builtin_memcpy(&b, &low, sizeof b);
    sum += a * value(w >> 16);
    sum += b * value(w & 0xffffu);
  }
};

}  // namespace mgan::kernels
