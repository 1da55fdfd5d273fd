// The products of one group of images with one block of words: C[word][k][16 lanes].
//
// Every number is one chain of multiply-adds over D, in order, whatever the tile, the panel or the thread: scores are
// the same bits for any block, subset or number of threads.
#pragma once

#include "mgan/kernels/cpu/product/tile.hpp"
#include "mgan/kernels/cpu/product/tile_amx.hpp"
#include "mgan/kernels/cpu/product/tile_avx512_bf16.hpp"
#include "mgan/kernels/cpu/product/tile_avx512_vnni.hpp"

namespace mgan::kernels {

/// How words are to be packed for products by a target.
template <class Precision>
WordLayout layout_of(Target target) {
  WordLayout layout;
  Precision::Own::any([&]<Target own>() {
    if (target == own) layout = Tile<Precision, own>::layout;
    return target == own;
  });
  return layout;
}

/// Rows k.. of a group against all panels of a block.
template <class Precision, Target target, int Rows>
[[gnu::always_inline]] inline void multiply_panels(const PackedImagesOf<Precision>& images, std::int64_t group,
                                                   std::int64_t k, const PackedTextsOf<Precision>& texts,
                                                   const TextBlock& block, float* c) {
  constexpr std::int64_t words = Tile<Precision, target>::layout.panel;
  const std::int64_t next_word = images.rows * lanes;
  for (std::int64_t p = block.first_panel; p < block.first_panel + block.panels; ++p) {
    TileInput<Precision, Rows> in{{}, texts.panel_at(p), images.units(), {}};
    for (int r = 0; r < Rows; ++r) in.rows[r] = images.row(group, k + r);
    if constexpr (Precision::scaled)
      in.scales = {images.facts.scale.data() + images.fact(group, k), texts.facts.scale.data() + p * words,
                   texts.facts.offset.data() + p * words};
    Tile<Precision, target>::template multiply<Rows>(
        in, TileOutput{c + (p - block.first_panel) * words * next_word + k * lanes, next_word});
  }
}

/// c gets (words of all panels, K, 16). A few rows stay in the second-level cache while all panels pass by.
template <Target target, class Precision>
[[gnu::always_inline]] inline void multiply_block(const PackedImagesOf<Precision>& images, std::int64_t group,
                                                  const PackedTextsOf<Precision>& texts, const TextBlock& block,
                                                  float* c) {
  constexpr int many = Tile<Precision, target>::rows;
  [[maybe_unused]] const typename Tile<Precision, target>::Work work;
  std::int64_t k = 0;
  for (; k + many <= images.rows; k += many)
    multiply_panels<Precision, target, many>(images, group, k, texts, block, c);
  for (; k < images.rows; ++k) multiply_panels<Precision, target, 1>(images, group, k, texts, block, c);
}

}  // namespace mgan::kernels
