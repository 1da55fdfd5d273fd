// The products of one group of images with one block of words: C[word][k][16 lanes].
//
// Every number is one chain of multiply-adds over D, in order, whatever the tile, the panel or the thread: scores are
// the same bits for any block, subset or number of threads.
#pragma once

#include "mgan/kernels/cpu/pack.hpp"

namespace mgan::kernels {

/// Rows x 16 lanes against Words words of a panel, all of D in registers.
template <int W, int Rows, int Words>
[[gnu::always_inline]] inline void multiply(const float* const (&rows)[Rows], const float* words, std::int64_t width,
                                            float* c, std::int64_t next_word) {
  constexpr int parts = lanes / W;  // vectors a row
  Floats<W> sum[Words][Rows * parts] = {};
  for (std::int64_t d = 0; d < width; ++d) {
    Floats<W> x[Rows * parts];
#pragma GCC unroll 8
    for (int r = 0; r < Rows * parts; ++r) load<W>(x[r], rows[r / parts] + d * lanes + (r % parts) * W);
#pragma GCC unroll 12
    for (int j = 0; j < Words; ++j) {
      const float w = words[d * panel + j];
#pragma GCC unroll 8
      for (int r = 0; r < Rows * parts; ++r) sum[j][r] += x[r] * w;
    }
  }
#pragma GCC unroll 12
  for (int j = 0; j < Words; ++j)
#pragma GCC unroll 8
    for (int r = 0; r < Rows * parts; ++r)
      store<W>(c + j * next_word + (r / parts) * lanes + (r % parts) * W, sum[j][r]);
}

/// As many accumulators as the registers hold: 2 rows x 12 words of 16 floats, 1 x 6 of 8, 1 x 3 of 4.
template <int W>
struct TileShape {
  static constexpr int rows = W == 16 ? 2 : 1, words = W == 16 ? 12 : W == 8 ? 6 : 3;
};

/// c gets (12 panels words, K, 16).
template <int W>
[[gnu::always_inline]] inline void multiply_block(const PackedImages& images, std::int64_t group,
                                                  const PackedTexts& texts, const PackedTexts::Block& block, float* c) {
  constexpr int rows = TileShape<W>::rows, words = TileShape<W>::words;
  const std::int64_t K = images.rows, D = images.width, next_word = K * lanes;
  for (std::int64_t p = 0; p < block.panels; ++p) {
    const float* b = texts.panel_at(block.first_panel + p);
    float* to = c + p * panel * next_word;
    std::int64_t k = 0;
    for (; k + rows <= K; k += rows) {
      const float* streams[rows];
      for (int r = 0; r < rows; ++r) streams[r] = images.row(group, k + r);
      for (int j = 0; j < panel; j += words)
        multiply<W, rows, words>(streams, b + j, D, to + j * next_word + k * lanes, next_word);
    }
    for (; k < K; ++k) {
      const float* const stream[1] = {images.row(group, k)};
      for (int j = 0; j < panel; j += words)
        multiply<W, 1, words>(stream, b + j, D, to + j * next_word + k * lanes, next_word);
    }
  }
}

}  // namespace mgan::kernels
