// The fused gradient on tensors: of the touched pairs where they are few, else of all pairs.
#pragma once

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <vector>

#include "mgan/fused/torch/epilogue_of.hpp"
#include "mgan/fused/torch/sweep.hpp"
#include "mgan/kernels/cpu/interaction_gradient.hpp"
#include "mgan/kernels/cpu/maxima_gradient.hpp"
#include "mgan/kernels/cpu/sparse_gradient.hpp"
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
std::vector<at::Tensor> kernel_gradients(const Plan& plan, const at::Tensor& image, const at::Tensor& words,
                                         const std::vector<std::int64_t>& lengths, const at::Tensor& upstream,
                                         const at::Tensor& kept) {
  const at::Tensor rows = dense_rows(image), tokens = dense_rows(words), dS = upstream.detach().contiguous();
  const std::int64_t n_images = rows.size(0), K = rows.size(1), D = rows.size(2), T = tokens.size(0);
  const float* p = rows.const_data_ptr<float>();
  const float* w = tokens.const_data_ptr<float>();
  const float* g = dS.const_data_ptr<float>();
  const at::Tensor d_words = at::zeros(tokens.sizes(), tokens.options());  // (T, L, D)
  at::Tensor d_image;                                                      // (I, K, D)
  const auto gradient = kernels::gradient_of(plan.epilogue);
  std::vector<double> weights(static_cast<std::size_t>(gradient.weights(K)));
  const auto outputs = [&] {
    return kernels::GradientOutputs{d_image.mutable_data_ptr<float>(),
                                    K * D,
                                    D,
                                    d_words.mutable_data_ptr<float>(),
                                    d_words.stride(0),
                                    D,
                                    weights.data()};
  };

  const auto pairs = kernels::touched_pairs(g, n_images, T, T);
  if (static_cast<std::int64_t>(pairs.size()) * 4 <= n_images * T) {
    d_image = at::zeros(rows.sizes(), rows.options());
    const kernels::Sides sides{p, rows.stride(0),   rows.stride(1),   n_images, K, D,
                               w, tokens.stride(0), tokens.stride(1), lengths};
    kernels::sparse_gradient(sides, pairs, gradient, outputs(), torch_parallel_for{});
  } else {
    d_image = at::empty(rows.sizes(), rows.options());
    const auto images = kernels::pack_images(p, n_images, K, D, rows.stride(0), rows.stride(1), torch_parallel_for{});
    const auto by_width = kernels::pack_rows(p, n_images, K, D, rows.stride(0), rows.stride(1), torch_parallel_for{});
    const auto texts = kernels::pack_texts(w, lengths, D, tokens.stride(0), tokens.stride(1), kernels::block_words(K),
                                           torch_parallel_for{});
    kernels::dense_gradient(images, by_width, texts, gradient, g, T,
                            kept.defined() ? kept.mutable_data_ptr<float>() : nullptr, outputs(), torch_parallel_for{});
  }
  std::vector<at::Tensor> gradients{d_image, d_words};
  for (at::Tensor& dA : plan.weight_gradients(weights.data())) gradients.push_back(std::move(dA));
  return gradients;
}

}  // namespace mgan
