// Tiles by vpdpbusd: unsigned bytes of the images times signed bytes of the words, whose sums are exact.
#pragma once

#include "mgan/kernels/cpu/product/tile.hpp"

#ifdef __x86_64__
#include <immintrin.h>

namespace mgan::kernels {

template <>
struct Tile<Int8, Target::avx512_vnni> {
  static constexpr WordLayout layout{};
  static constexpr int rows = 2;
  using Work = NoWork;

  template <int Rows>
  [[gnu::target("avx512f,avx512vnni")]] static void multiply(const TileInput<Int8, Rows>& in, const TileOutput& out) {
    Integers<16> sum[layout.panel][Rows] = {};
    for (std::int64_t u = 0; u < in.units; ++u) {
      fetch_ahead(in, u);
      __m512i x[Rows];
#pragma GCC unroll 2
      for (int r = 0; r < Rows; ++r) x[r] = _mm512_loadu_si512(in.rows[r] + u * lanes);
#pragma GCC unroll 12
      for (int j = 0; j < layout.panel; ++j) {
        const __m512i w = _mm512_set1_epi32(static_cast<int>(in.words[u * layout.panel + j]));
#pragma GCC unroll 2
        for (int r = 0; r < Rows; ++r)
          sum[j][r] =
              reinterpret_cast<Integers<16>>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sum[j][r]), x[r], w));
      }
    }
    store_tile<Int8, 16>(sum, out, in.scales);
  }
};

}  // namespace mgan::kernels
#endif
