// The gradient of all pairs: products again, dC from dS, then two products a tile.
//
//     dP = dC' W    dW = dC P
#pragma once

#include "mgan/fused/cuda/scores.hpp"

namespace mgan::cuda {

/// Of image (I, K, D), of words (T, L, D), and of the plan's weights.
struct Gradients {
  at::Tensor image, words;
  std::vector<at::Tensor> weights;
};

template <class Plan>
Gradients dense_gradient(const Sides& sides, const Plan& plan, const Tiles& tiles, const at::Tensor& dS) {
  const std::int64_t n_images = sides.images.size(0), K = sides.images.size(1), D = sides.images.size(2),
                     T = sides.words.size(0);
  const at::Tensor words = packed(sides.words, tiles.places);                    // (N, D)
  const at::Tensor operand = as_operand(words);                                  // (N, D)
  at::Tensor d_words = at::zeros(words.sizes(), words.options());                // (N, D)
  at::Tensor d_image = at::empty(sides.images.sizes(), sides.images.options());  // (I, K, D)
  at::Tensor partials = plan.make_partials();
  for (std::int64_t i = 0; i < n_images; i += tiles.images) {
    const std::int64_t count = std::min(tiles.images, n_images - i);
    const at::Tensor rows = rows_of(sides.images, i, count);      // (K count, D)
    at::Tensor d_rows = at::zeros(rows.sizes(), rows.options());  // (K count, D)
    const at::Tensor row_operand = as_operand(rows);              // (K count, D)
    for (const CaptionRange& some : tiles.captions) {
      const at::Tensor c = products(operand.narrow(0, some.first_word, some.words), row_operand);  // (words, K count)
      at::Tensor dc = at::empty(c.sizes(), c.options());                                           // (words, K count)
      plan.differentiate(tile_of(some, count, K, T), c, dS.const_data_ptr<float>() + i * T + some.begin, dc, partials);
      d_rows.addmm_(dc.t(), words.narrow(0, some.first_word, some.words));  // (K count, D)
      d_words.narrow(0, some.first_word, some.words).addmm_(dc, rows);      // (words, D)
    }
    d_image.narrow(0, i, count).copy_(d_rows.view({K, count, D}).transpose(0, 1));  // (count, K, D)
  }
  at::Tensor spread = at::zeros({T * sides.words.size(1), D}, words.options());  // (T L, D)
  spread.index_copy_(0, tiles.places, d_words);
  return {d_image, spread.view(sides.words.sizes()), plan.weight_gradients(partials)};
}

}  // namespace mgan::cuda
