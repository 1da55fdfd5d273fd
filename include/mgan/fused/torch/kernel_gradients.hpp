// The fused gradient on tensors: of the touched pairs where they are few, else of all pairs.
#pragma once

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <vector>

#include "mgan/fused/torch/epilogue_of.hpp"
#include "mgan/fused/torch/sweep.hpp"
#include "mgan/kernels/cpu/epilogue/interaction/backward.hpp"
#include "mgan/kernels/cpu/epilogue/maxima/backward.hpp"
#include "mgan/kernels/cpu/gradient/sparse_gradient.hpp"
#ifdef MGAN_COMPILED_KERNELS
#include "mgan/kernels/cpu/compiled.hpp"
#endif

namespace mgan {

/// A plan whose gradient is a kernel.
template <class Plan>
concept HasKernelGradient = requires(const Plan& plan, const double* numbers) {
  kernels::gradient_of(plan.epilogue);
  plan.weight_gradients(numbers);
};

/// dS (I, T) -> gradients of image (I, K, D), words (T, L, D) and the weights. `kept` are the sweep's products, which
/// are overwritten, or undefined.
template <HasKernelGradient Plan>
std::vector<at::Tensor> kernel_gradients(const Plan& plan, const Sides& sides, const at::Tensor& upstream,
                                         const at::Tensor& kept) {
  const at::Tensor rows = dense_rows(sides.images), tokens = dense_rows(sides.words);
  const at::Tensor dS = upstream.detach().contiguous();  // (I, T)
  const kernels::ImageRows image_rows = view_of(rows);
  const kernels::WordRows word_rows = view_of(tokens, sides.lengths);
  const std::int64_t n_images = sides.n_images(), K = rows.size(1), D = rows.size(2), T = sides.texts();
  const float* g = dS.const_data_ptr<float>();
  const auto gradient = kernels::gradient_of(plan.epilogue);
  auto weights = List<double>::of(gradient.weights(K));

  const List<kernels::TouchedPair> pairs = kernels::touched_pairs(g, n_images, T, T);
  const bool sparse = pairs.count() * 4 <= n_images * T;
  const at::Tensor d_words = at::zeros(tokens.sizes(), tokens.options());  // (T, L, D)
  const at::Tensor d_image =                                               // (I, K, D)
      sparse ? at::zeros(rows.sizes(), rows.options()) : at::empty(rows.sizes(), rows.options());
  const kernels::GradientOutputs outputs{
      kernels::image_rows(d_image.mutable_data_ptr<float>(), n_images, K, D),
      kernels::padded_words(d_words.mutable_data_ptr<float>(), sides.lengths, D, d_words.stride(0), D), weights.data()};
  if (sparse) {
    kernels::sparse_gradient(image_rows, word_rows, pairs, gradient, outputs, torch_parallel_for{});
  } else {
    const auto images = kernels::pack_images(image_rows, torch_parallel_for{});
    const auto columns = kernels::pack_columns(image_rows, torch_parallel_for{});
    const auto texts = kernels::pack_texts(word_rows, kernels::block_words(K), torch_parallel_for{});
    kernels::dense_gradient(images, columns, texts, gradient, g, T,
                            kept.defined() ? kept.mutable_data_ptr<float>() : nullptr, outputs, torch_parallel_for{});
  }
  std::vector<at::Tensor> gradients{d_image, d_words};
  for (at::Tensor& dA : plan.weight_gradients(weights.data())) gradients.push_back(std::move(dA));
  return gradients;
}

}  // namespace mgan
