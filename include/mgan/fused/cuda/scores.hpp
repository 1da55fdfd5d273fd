// S (I, T) without a graph: tile after tile, a product and what becomes of it.
#pragma once

#include "mgan/fused/cuda/plans.hpp"
#include "mgan/fused/cuda/tiles.hpp"
#include "mgan/fused/torch/cuda_hook.hpp"

namespace mgan::cuda {

/// The tile of images [i, i + count) and a range of captions, among scores (I, T).
inline kc::DenseTile tile_of(const CaptionRange& captions, std::int64_t count, std::int64_t K, std::int64_t T) {
  return {count, captions.texts, static_cast<int>(K), captions.longest, captions.offsets.const_data_ptr<int>(), T};
}

template <class Plan>
at::Tensor scores(const Sides& sides, const Plan& plan, const Tiles& tiles) {
  const std::int64_t n_images = sides.images.size(0), K = sides.images.size(1), T = sides.words.size(0);
  at::Tensor S = at::empty({n_images, T}, sides.images.options().requires_grad(false));  // (I, T)
  const at::Tensor words = as_operand(packed(sides.words.detach(), tiles.places));       // (N, D)
  for (std::int64_t i = 0; i < n_images; i += tiles.images) {
    const std::int64_t count = std::min(tiles.images, n_images - i);
    const at::Tensor rows = as_operand(rows_of(sides.images.detach(), i, count));  // (K count, D)
    for (const CaptionRange& some : tiles.captions) {
      const at::Tensor c = products(words.narrow(0, some.first_word, some.words), rows);  // (words, K count)
      plan.score(tile_of(some, count, K, T), c, S.mutable_data_ptr<float>() + i * T + some.begin);
    }
  }
  return S;
}

}  // namespace mgan::cuda
