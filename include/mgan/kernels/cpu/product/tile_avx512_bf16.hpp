// Tiles by vdpbf16ps: it adds the products of the high halves first and rounds to nearest after either addition, as
// the loop does.
#pragma once

#include "mgan/kernels/cpu/product/tile.hpp"

#ifdef __x86_64__
#include <immintrin.h>

namespace mgan::kernels {

template <>
struct Tile<Bf16, Target::avx512_bf16> {
  static constexpr WordLayout layout{};
  static constexpr int rows = 2;
  using Work = NoWork;

  template <int Rows>
  [[gnu::target("avx512f,avx512bf16")]] static void multiply(const TileInput<Bf16, Rows>& in, const TileOutput& out) {
    Floats<16> sum[layout.panel][Rows] = {};
    for (std::int64_t u = 0; u < in.units; ++u) {
      fetch_ahead(in, u);
      __m512bh x[Rows];
#pragma GCC unroll 2
      for (int r = 0; r < Rows; ++r) x[r] = reinterpret_cast<__m512bh>(_mm512_loadu_si512(in.rows[r] + u * lanes));
#pragma GCC unroll 12
      for (int j = 0; j < layout.panel; ++j) {
        const auto w = reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(in.words[u * layout.panel + j])));
#pragma GCC unroll 2
        for (int r = 0; r < Rows; ++r) sum[j][r] = _mm512_dpbf16_ps(sum[j][r], x[r], w);
      }
    }
    store_tile<Bf16, 16>(sum, out, in.scales);
  }
};

}  // namespace mgan::kernels
#endif
