// C = (s q) . (t r), q and r integers of -127..127, s = max |x| / 127 of the row, the sum of q r exact.
#pragma once

#include <algorithm>
#include <cmath>

#include "mgan/kernels/cpu/product/precision/precision.hpp"

namespace mgan::kernels {

struct Int8 {
  using Unit = std::uint32_t;  // number 4u + b in bits 8b..8b+7; images as q + 128, words as r in two's complement
  using Own = Targets<Target::avx512_vnni, Target::amx_int8>;
  static constexpr const char* name = "int8";
  static constexpr std::int64_t numbers = 4, widest = 65536;  // 255 * 127 * D stays below 2^31
  static constexpr bool exact = false, scaled = true;
  template <int W>
  using Units = Integers<W>;
  template <int W>
  using Sum = Integers<W>;

  static void pack(Side side, const float* from, std::int64_t width, Unit* to, std::int64_t next, RowFacts& facts,
                   std::int64_t row) {
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
