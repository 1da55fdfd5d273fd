// From the sums of a tile, Words words x Rows rows of 16 lanes, to its products in C[word][k][16 lanes].
#pragma once

#include "mgan/kernels/cpu/pack.hpp"

namespace mgan::kernels {

/// int8: scales of the tile's rows (16 lanes each), scales and offsets of its words. Null for the other formats.
struct TileScales {
  const float *rows = nullptr, *words = nullptr;
  const std::int32_t* offsets = nullptr;

  TileScales from_word(std::int64_t j) const { return rows ? TileScales{rows, words + j, offsets + j} : *this; }
};

/// Asks for the numbers of some units further on, of every row and of the panel: both sides of a block are more than
/// the second-level cache, and come from beyond it. What lies behind their ends is asked for too, and never read.
template <class Unit, int Rows>
[[gnu::always_inline]] inline void fetch_ahead(const Unit* const (&rows)[Rows], const Unit* words, std::int64_t unit) {
  constexpr std::int64_t ahead = 24;
#pragma GCC unroll 2
  for (int r = 0; r < Rows; ++r) __builtin_prefetch(rows[r] + (unit + ahead) * lanes);
  __builtin_prefetch(words + (unit + ahead) * panel);
}

template <class Format, int W, int Words, int Vectors>
[[gnu::always_inline]] inline void store_tile(const typename Format::template Sum<W> (&sum)[Words][Vectors], float* c,
                                              std::int64_t next_word, [[maybe_unused]] const TileScales& scales) {
#pragma GCC unroll 12
  for (int j = 0; j < Words; ++j)
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      if constexpr (std::is_same_v<Format, Int8>) {
        Floats<W> value;
        load<W>(value, scales.rows + v * W);
        value = __builtin_convertvector(sum[j][v] + scales.offsets[j], Floats<W>) * (value * scales.words[j]);
        store<W>(c + j * next_word + v * W, value);
      } else {
        store<W>(c + j * next_word + v * W, sum[j][v]);
      }
    }
}

}  // namespace mgan::kernels
