// The gradient of a module without a gradient kernel: score again what matters, with its functor, under autograd.
//
//     sparse    dS is zero for most pairs, as behind the hardest negatives: those pairs alone
//     dense     a few images at a time against all captions, so that memory is that of a tile
// It is the functor's gradient exactly.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <vector>

#include "mgan/backend/torch.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan {

/// The module with other weights, in the order of their visit.
template <class Module>
Module with_weights(Module module, const at::Tensor* weights) {
  visit_parameters(module, [&](const auto&, at::Tensor& w) { w = *weights++; });
  return module;
}

/// dS (I, T) -> gradients of `inputs`: image (I, K, D), words (T, L, D), and the weights. `real`: the mask (T, L).
template <class Module>
std::vector<at::Tensor> rescored_gradients(const Module& module, const std::vector<at::Tensor>& inputs,
                                           const at::Tensor& real, const at::Tensor& dS) {
  constexpr std::int64_t pairs_a_chunk = 2048, images_a_tile = 16;
  std::vector<at::Tensor> leaves;
  for (const at::Tensor& input : inputs) leaves.push_back(input.detach().set_requires_grad(true));
  const Module m = with_weights(module, leaves.data() + 2);

  const at::AutoGradMode with_graph(true);
  const at::Tensor touched = dS.nonzero();  // (pairs, 2)
  if (touched.size(0) * 4 <= dS.numel()) {
    for (std::int64_t begin = 0; begin < touched.size(0); begin += pairs_a_chunk) {
      const at::Tensor some = touched.narrow(0, begin, std::min(pairs_a_chunk, touched.size(0) - begin));
      const at::Tensor i = some.select(1, 0), t = some.select(1, 1);                         // (P)
      const Masked<at::Tensor> text{leaves[1].index_select(0, t), real.index_select(0, t)};  // (P, L, D), (P, L)
      const at::Tensor scores = m.score(leaves[0].index_select(0, i), text);                 // (P)
      const at::Tensor weights = dS.flatten().index_select(0, i * dS.size(1) + t);           // (P)
      (scores * weights).sum().backward();
    }
  } else {
    const Masked<at::Tensor> text{leaves[1].unsqueeze(0), real.unsqueeze(0)};  // (1, T, L, D)
    for (std::int64_t i = 0; i < dS.size(0); i += images_a_tile) {
      const std::int64_t count = std::min(images_a_tile, dS.size(0) - i);
      const at::Tensor scores = m.score(leaves[0].narrow(0, i, count).unsqueeze(1), text);  // (count, T)
      (scores * dS.narrow(0, i, count)).sum().backward();
    }
  }
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& leaf : leaves) gradients.push_back(leaf.grad().defined() ? leaf.grad() : at::zeros_like(leaf));
  return gradients;
}

}  // namespace mgan
