// The fused sweep on tensors: unit rows of both sides in, S (I, T) out, without a graph.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include "mgan/backend/torch/parallel_for.hpp"
#include "mgan/fused/torch/sides.hpp"
#include "mgan/kernels/cpu/gradient/dense_gradient.hpp"
#include "mgan/kernels/cpu/score/pair_scores.hpp"
#include "mgan/kernels/cpu/score/sweep.hpp"
#ifdef MGAN_COMPILED_KERNELS
#include "mgan/kernels/cpu/compiled.hpp"
#endif

namespace mgan {

/// Where `kept` is given and the products of all pairs take no more than kernels::kept_bytes, it is left holding them
/// for a gradient.
template <class Epilogue>
at::Tensor fused_sweep(const Sides& sides, const Epilogue& epilogue, at::Tensor* kept = nullptr,
                       kernels::Target target = kernels::best_target()) {
  const at::Tensor rows = dense_rows(sides.images), tokens = dense_rows(sides.words);
  const std::int64_t K = rows.size(1), T = sides.texts();
  at::Tensor scores = at::empty({sides.n_images(), T}, rows.options());  // (I, T)
  const kernels::ImageRows image_rows = view_of(rows);
  const kernels::WordRows word_rows = view_of(tokens, sides.lengths);
  float* const to = scores.mutable_data_ptr<float>();
  if (!kept && kernels::few_images(sides.n_images(), K)) {
    kernels::sweep_pairs(kernels::list_images(image_rows, torch_parallel_for{}),
                         kernels::list_texts(word_rows, torch_parallel_for{}), epilogue, to, T, torch_parallel_for{},
                         target);
    return scores;
  }
  const auto images = kernels::pack_images(image_rows, torch_parallel_for{});
  const auto texts = kernels::pack_texts(word_rows, kernels::block_words(K), torch_parallel_for{});
  const std::int64_t products = kernels::ProductLayout{K, 0, images.groups()}.size(texts);
  const bool keep = kept && products * static_cast<std::int64_t>(sizeof(float)) <= kernels::kept_bytes;
  if (keep) *kept = at::empty({products}, rows.options());
  kernels::sweep(images, texts, epilogue, {to, T, keep ? kept->mutable_data_ptr<float>() : nullptr},
                 torch_parallel_for{}, target);
  return scores;
}

}  // namespace mgan
