// Tiles by the dot-product instructions of AVX-512: vdpbf16ps (BF16) and vpdpbusd (VNNI). The numbers are those of the
// loops in product.hpp, bit for bit: vpdpbusd is exact, vdpbf16ps adds the products of the high halves first and rounds
// to nearest after either addition.
//
// Intrinsics want to be called from functions compiled for them, so each format has its own loop over D.
#pragma once

#include "mgan/kernels/cpu/tile.hpp"

namespace mgan::kernels {

template <class Format>
bool has_dot_products(Format) {
  return false;
}

}  // namespace mgan::kernels

#ifdef __x86_64__
#include <immintrin.h>

namespace mgan::kernels {

inline bool has_dot_products(Bf16) { return __builtin_cpu_supports("avx512bf16"); }
inline bool has_dot_products(Int8) { return __builtin_cpu_supports("avx512vnni"); }

/// rows[r] (units, 16) against a panel (units, 12): c + j * next_word + r * 16.
template <int Rows>
[[gnu::target("avx512f,avx512bf16")]] void dot_tile(Bf16, const std::uint32_t* const (&rows)[Rows],
                                                    const std::uint32_t* words, std::int64_t units, float* c,
                                                    std::int64_t next_word, const TileScales& scales) {
  Floats<16> sum[12][Rows] = {};
  for (std::int64_t u = 0; u < units; ++u) {
    fetch_ahead(rows, words, u);
    __m512bh x[Rows];
#pragma GCC unroll 2
    for (int r = 0; r < Rows; ++r) x[r] = reinterpret_cast<__m512bh>(_mm512_loadu_si512(rows[r] + u * lanes));
#pragma GCC unroll 12
    for (int j = 0; j < 12; ++j) {
      const auto w = reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(words[u * panel + j])));
#pragma GCC unroll 2
      for (int r = 0; r < Rows; ++r) sum[j][r] = _mm512_dpbf16_ps(sum[j][r], x[r], w);
    }
  }
  store_tile<Bf16, 16>(sum, c, next_word, scales);
}

template <int Rows>
[[gnu::target("avx512f,avx512vnni")]] void dot_tile(Int8, const std::uint32_t* const (&rows)[Rows],
                                                    const std::uint32_t* words, std::int64_t units, float* c,
                                                    std::int64_t next_word, const TileScales& scales) {
  Integers<16> sum[12][Rows] = {};
  for (std::int64_t u = 0; u < units; ++u) {
    fetch_ahead(rows, words, u);
    __m512i x[Rows];
#pragma GCC unroll 2
    for (int r = 0; r < Rows; ++r) x[r] = _mm512_loadu_si512(rows[r] + u * lanes);
#pragma GCC unroll 12
    for (int j = 0; j < 12; ++j) {
      const __m512i w = _mm512_set1_epi32(static_cast<int>(words[u * panel + j]));
#pragma GCC unroll 2
      for (int r = 0; r < Rows; ++r)
        sum[j][r] = reinterpret_cast<Integers<16>>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sum[j][r]), x[r], w));
    }
  }
  store_tile<Int8, 16>(sum, c, next_word, scales);
}

}  // namespace mgan::kernels
#endif
