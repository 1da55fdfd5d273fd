// How rows are stored for the product: units of 32 bits that hold one (fp32), two (bf16) or four (int8) numbers of a
// row, so that one loop multiplies all of them. Rows are filled up with zeros to whole units.
//
//     fp32   C = x . w, a chain of multiply-adds
//     bf16   C = x^ . w^, x^ and w^ rounded to 8 significant bits, products exact, their sum a chain in fp32
//     int8   C = (s q) . (t r), q and r integers of -127..127, s = max |x| / 127 of the row, the sum of q r exact
//
// Only C is less precise; what becomes of it is fp32. bounds.hpp says by how much C can differ.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "mgan/kernels/cpu/vectors.hpp"

namespace mgan::kernels {

/// What a row carries besides its units, one entry a row in the order of the packed side; empty for fp32.
struct RowFacts {
  std::vector<float> scale;          // s or t; int8 alone
  std::vector<std::int32_t> offset;  // of a word's sums, -128 sum r: images are stored as q + 128; int8 alone
  std::vector<float> norm, error;    // |x| and |x - x^|, rounded up; bf16 and int8
};

enum class Side { image, text };

/// An upper bound of the square root of a sum of a row's squares, which were added in double.
inline float norm_above(double sum_of_squares) {
  return std::nextafter(static_cast<float>(std::sqrt(sum_of_squares) * (1 + 1e-9)), INFINITY);
}

struct Fp32 {
  using Unit = float;
  static constexpr std::int64_t numbers = 1;  // in a unit
  static constexpr bool exact = true;         // no facts about rows
  template <int W>
  using Units = Floats<W>;
  template <int W>
  using Sum = Floats<W>;

  template <int W>
  [[gnu::always_inline]] static void add(Sum<W>& sum, const Units<W>& x, float w) {
    sum += x * w;
  }
};

struct Bf16 {
  using Unit = std::uint32_t;  // number 2u in the low half, 2u + 1 in the high half
  static constexpr std::int64_t numbers = 2;
  static constexpr bool exact = false;
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
                   std::size_t row) {
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

struct Int8 {
  using Unit = std::uint32_t;  // number 4u + b in bits 8b..8b+7; images as q + 128, words as r in two's complement
  static constexpr std::int64_t numbers = 4;
  static constexpr bool exact = false;
  static constexpr std::int64_t widest = 65536;  // 255 * 127 * D stays below 2^31
  template <int W>
  using Units = Integers<W>;
  template <int W>
  using Sum = Integers<W>;

  static void pack(Side side, const float* from, std::int64_t width, Unit* to, std::int64_t next, RowFacts& facts,
                   std::size_t row) {
    float most = 0;
    for (std::int64_t d = 0; d < width; ++d) most = std::max(most, std::abs(from[d]));
    const float scale = most / 127;
    const double inverse = scale > 0 ? 1 / static_cast<double>(scale) : 0;
    double square = 0, error = 0;
    std::int32_t sum = 0;
    for (std::int64_t d = 0; d < width; ++d) {
      const auto x = static_cast<double>(from[d]);
      const auto q = static_cast<std::int32_t>(std::clamp(std::nearbyint(x * inverse), -127.0, 127.0));
      const double off = x - static_cast<double>(scale) * q;
      square += x * x;
      error += off * off;
      sum += q;
      const auto byte = static_cast<std::uint32_t>(side == Side::image ? q + 128 : q) & 0xffu;
      to[d / 4 * next] |= byte << (8 * (d % 4));
    }
    facts.norm[row] = norm_above(square);
    facts.error[row] = norm_above(error);
    facts.scale[row] = scale;
    facts.offset[row] = -128 * sum;
  }

  /// What vpdpbusd does: unsigned bytes of x times signed bytes of w.
  template <int W>
  [[gnu::always_inline]] static void add(Sum<W>& sum, const Units<W>& x, Unit w) {
#pragma GCC unroll 4
    for (int b = 0; b < 4; ++b)
      sum += (x >> (8 * b) & 0xff) * static_cast<std::int32_t>(static_cast<std::int8_t>(w >> (8 * b)));
  }
};

}  // namespace mgan::kernels
