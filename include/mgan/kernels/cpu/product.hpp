// The products of one group of images with one block of words: C[word][k][16 lanes].
//
// Every number is one chain of multiply-adds over D, in order, whatever the tile, the panel or the thread: scores are
// the same bits for any block, subset or number of threads.
#pragma once

#include "mgan/kernels/cpu/dot_products.hpp"
#include "mgan/kernels/cpu/tile.hpp"

namespace mgan::kernels {

/// Rows x 16 lanes against Words words of a panel, all of D in registers. `scales`: of the rows and words, for int8.
template <class Format, int W, int Rows, int Words>
[[gnu::always_inline]] inline void multiply(const typename Format::Unit* const (&rows)[Rows],
                                            const typename Format::Unit* words, std::int64_t units, float* c,
                                            std::int64_t next_word, const TileScales& scales) {
  constexpr int parts = lanes / W;  // vectors a row
  typename Format::template Sum<W> sum[Words][Rows * parts] = {};
  for (std::int64_t u = 0; u < units; ++u) {
    fetch_ahead(rows, words, u);
    typename Format::template Units<W> x[Rows * parts];
#pragma GCC unroll 8
    for (int r = 0; r < Rows * parts; ++r) load<W>(x[r], rows[r / parts] + u * lanes + (r % parts) * W);
#pragma GCC unroll 12
    for (int j = 0; j < Words; ++j) {
      const typename Format::Unit w = words[u * panel + j];
#pragma GCC unroll 8
      for (int r = 0; r < Rows * parts; ++r) Format::template add<W>(sum[j][r], x[r], w);
    }
  }
  store_tile<Format, W>(sum, c, next_word, scales);
}

/// As many accumulators as the registers hold: 2 rows x 12 words of 16 floats, 1 x 6 of 8, 1 x 3 of 4.
template <int W>
struct TileSizes {
  static constexpr int rows = W == 16 ? 2 : 1, words = W == 16 ? 12 : W == 8 ? 6 : 3;
};

/// Rows k.. of a group against a whole panel. Dot: by the format's own instructions, which need W = 16.
template <class Format, int W, bool Dot, int Rows>
[[gnu::always_inline]] inline void multiply_rows(const PackedImagesOf<Format>& images, std::int64_t group,
                                                 std::int64_t k, const PackedTextsOf<Format>& texts,
                                                 std::int64_t panel_index, float* c, std::int64_t next_word) {
  constexpr int words = TileSizes<W>::words;
  const typename Format::Unit *rows[Rows], *b = texts.panel_at(panel_index);
  for (int r = 0; r < Rows; ++r) rows[r] = images.row(group, k + r);
  TileScales scales;
  if constexpr (std::is_same_v<Format, Int8>)
    scales = {images.facts.scale.data() + images.fact(group, k), texts.facts.scale.data() + panel_index * panel,
              texts.facts.offset.data() + panel_index * panel};
  if constexpr (Dot) {
    dot_tile<Rows>(Format{}, rows, b, images.units(), c, next_word, scales);
  } else {
    for (int j = 0; j < panel; j += words)
      multiply<Format, W, Rows, words>(rows, b + j, images.units(), c + j * next_word, next_word, scales.from_word(j));
  }
}

/// Rows k.. of a group against all panels of a block.
template <class Format, int W, bool Dot, int Rows>
[[gnu::always_inline]] inline void multiply_panels(const PackedImagesOf<Format>& images, std::int64_t group,
                                                   std::int64_t k, const PackedTextsOf<Format>& texts,
                                                   const TextBlock& block, float* c) {
  const std::int64_t next_word = images.rows * lanes;
  for (std::int64_t p = 0; p < block.panels; ++p)
    multiply_rows<Format, W, Dot, Rows>(images, group, k, texts, block.first_panel + p,
                                        c + p * panel * next_word + k * lanes, next_word);
}

/// c gets (12 panels words, K, 16). A few rows stay in the second-level cache while all panels pass by.
template <int W, bool Dot, class Format>
[[gnu::always_inline]] inline void multiply_block(const PackedImagesOf<Format>& images, std::int64_t group,
                                                  const PackedTextsOf<Format>& texts, const TextBlock& block,
                                                  float* c) {
  constexpr int many = TileSizes<W>::rows;
  std::int64_t k = 0;
  for (; k + many <= images.rows; k += many) multiply_panels<Format, W, Dot, many>(images, group, k, texts, block, c);
  for (; k < images.rows; ++k) multiply_panels<Format, W, Dot, 1>(images, group, k, texts, block, c);
}

}  // namespace mgan::kernels
