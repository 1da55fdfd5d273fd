// A tile: some rows of 16 images against a panel of words, all of D in registers.
//
//     Tile<Precision, target>::layout             how words lie in a panel (rows/pack.hpp)
//                            ::rows               rows that a tile takes at most
//                            ::multiply(in, out)  C[word][row][16 lanes] of a whole panel
//                            ::Work               lives while a block is multiplied: registers to set up and release
//
// This one is the loop, on vectors of any width. A precision with instructions of its own specialises it in
// tile_TARGET.hpp, and the numbers are those of the loop.
#pragma once

#include "mgan/kernels/cpu/product/precision/bf16.hpp"
#include "mgan/kernels/cpu/product/precision/fp32.hpp"
#include "mgan/kernels/cpu/product/precision/int8.hpp"
#include "mgan/kernels/cpu/rows/pack.hpp"

namespace mgan::kernels {

/// Factors of a tile's rows (16 lanes each), factors and offsets of its words. Null where the precision is not scaled.
struct TileScales {
  const float *rows = nullptr, *words = nullptr;
  const std::int32_t* offsets = nullptr;

  TileScales from_word(std::int64_t j) const { return rows ? TileScales{rows, words + j, offsets + j} : *this; }
};

template <class Precision, int Rows>
struct TileInput {
  using Unit = typename Precision::Unit;
  const Unit* rows[Rows];  // (units, 16) each
  const Unit* words;       // a panel, or from some word of it on
  std::int64_t units;
  TileScales scales;
};
/// Word j, row r: 16 numbers at c + j * next_word + r * 16.
struct TileOutput {
  float* c;
  std::int64_t next_word;
};

/// Asks for the numbers of some units further on, of every row and of the panel: both sides of a block are more than
/// the second-level cache, and come from beyond it. What lies behind their ends is asked for too, and never read.
template <class Precision, int Rows>
[[gnu::always_inline]] inline void fetch_ahead(const TileInput<Precision, Rows>& in, std::int64_t unit) {
  constexpr std::int64_t ahead = 24;
#pragma GCC unroll 2
  for (int r = 0; r < Rows; ++r) __builtin_prefetch(in.rows[r] + (unit + ahead) * lanes);
  __builtin_prefetch(in.words + (unit + ahead) * panel);
}

/// Sums of Words words x Vectors vectors of W lanes to C.
template <class Precision, int W, int Words, int Vectors>
[[gnu::always_inline]] inline void store_tile(const typename Precision::template Sum<W> (&sum)[Words][Vectors],
                                              const TileOutput& out, [[maybe_unused]] const TileScales& scales) {
#pragma GCC unroll 12
  for (int j = 0; j < Words; ++j)
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      float* const to = out.c + j * out.next_word + v * W;
      if constexpr (Precision::scaled) {
        Floats<W> value;
        load<W>(value, scales.rows + v * W);
        value = __builtin_convertvector(sum[j][v] + scales.offsets[j], Floats<W>) * (value * scales.words[j]);
        store<W>(to, value);
      } else {
        store<W>(to, sum[j][v]);
      }
    }
}

/// As many accumulators as the registers hold: 2 rows x 12 words of 16 floats, 1 x 6 of 8, 1 x 3 of 4.
template <int W>
struct TileSizes {
  static constexpr int rows = W == 16 ? 2 : 1, words = W == 16 ? 12 : W == 8 ? 6 : 3;
};

/// Some words of a panel.
template <class Precision, int W, int Words, int Rows>
[[gnu::always_inline]] inline void multiply_words(const TileInput<Precision, Rows>& in, const TileOutput& out) {
  constexpr int parts = lanes / W;  // vectors a row
  typename Precision::template Sum<W> sum[Words][Rows * parts] = {};
  for (std::int64_t u = 0; u < in.units; ++u) {
    fetch_ahead(in, u);
    typename Precision::template Units<W> x[Rows * parts];
#pragma GCC unroll 8
    for (int r = 0; r < Rows * parts; ++r) load<W>(x[r], in.rows[r / parts] + u * lanes + (r % parts) * W);
#pragma GCC unroll 12
    for (int j = 0; j < Words; ++j) {
      const typename Precision::Unit w = in.words[u * panel + j];
#pragma GCC unroll 8
      for (int r = 0; r < Rows * parts; ++r) Precision::template add<W>(sum[j][r], x[r], w);
    }
  }
  store_tile<Precision, W>(sum, out, in.scales);
}

/// Nothing to set up.
struct NoWork {
  NoWork() {}
};

template <class Precision, Target target>
struct Tile {
  static constexpr WordLayout layout{};
  static constexpr int rows = TileSizes<width_of(target)>::rows;
  using Work = NoWork;

  template <int Rows>
  [[gnu::always_inline]] static void multiply(const TileInput<Precision, Rows>& in, const TileOutput& out) {
    constexpr int W = width_of(target), words = TileSizes<W>::words;
    for (int j = 0; j < layout.panel; j += words) {
      TileInput<Precision, Rows> some = in;
      some.words += j;
      some.scales = in.scales.from_word(j);
      multiply_words<Precision, W, words>(some, TileOutput{out.c + j * out.next_word, out.next_word});
    }
  }
};

}  // namespace mgan::kernels
