// Scores without a graph, and a gradient that scores again.
//
// The fused sweep keeps nothing of the size (images, texts, K, L). Its gradient comes from scoring the pairs that
// matter a second time with the module's own functor, under autograd:
//     sparse    dS is zero for most pairs, as behind the hardest negatives: those pairs alone
//     dense     a few images at a time against all captions, so that memory is that of a tile
// It is the functor's gradient exactly. Cost: a sweep more than autograd's forward and backward of the touched pairs.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/edge.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "mgan/backend/torch.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan {

/// The backward of S (I, T) = module.score(image (I, 1, K, D), words (1, T, L, D)). Inputs are image (I, K, D), words
/// (T, L, D) and the module's weights in the order of their visit.
template <class Module>
struct RescoredScores : torch::autograd::Node {
  Module module;
  at::Tensor image, words, mask;  // (I, K, D), (T, L, D), (T, L)

  static constexpr std::int64_t pairs_a_chunk = 2048, images_a_tile = 16;

  RescoredScores(const Module& scored, at::Tensor rows, at::Tensor tokens, at::Tensor real)
      : module(scored), image(std::move(rows)), words(std::move(tokens)), mask(std::move(real)) {}

  /// dS (I, T) -> the gradients of the inputs.
  torch::autograd::variable_list apply(torch::autograd::variable_list&& upstream) override {
    torch::autograd::variable_list leaves{image, words};
    visit_parameters(module, [&](const auto&, const at::Tensor& w) { leaves.push_back(w); });
    if (!upstream[0].defined()) return torch::autograd::variable_list(leaves.size());
    for (at::Tensor& leaf : leaves) leaf = leaf.detach().set_requires_grad(true);
    Module m = module;
    std::size_t next = 2;
    visit_parameters(m, [&](const auto&, at::Tensor& w) { w = leaves[next++]; });

    {
      const at::AutoGradMode with_graph(true);
      const at::Tensor dS = upstream[0].detach();  // (I, T)
      const at::Tensor touched = dS.nonzero();     // (pairs, 2)
      if (touched.size(0) * 4 <= dS.numel()) score_pairs(m, leaves, dS, touched);
      else score_tiles(m, leaves, dS);
    }
    torch::autograd::variable_list gradients;
    for (const at::Tensor& leaf : leaves)
      gradients.push_back(leaf.grad().defined() ? leaf.grad() : at::zeros_like(leaf));
    return gradients;
  }

 private:
  void score_pairs(const Module& m, const torch::autograd::variable_list& leaves, const at::Tensor& dS,
                   const at::Tensor& touched) const {
    for (std::int64_t begin = 0; begin < touched.size(0); begin += pairs_a_chunk) {
      const at::Tensor some = touched.narrow(0, begin, std::min(pairs_a_chunk, touched.size(0) - begin));
      const at::Tensor i = some.select(1, 0), t = some.select(1, 1);                         // (P)
      const Masked<at::Tensor> text{leaves[1].index_select(0, t), mask.index_select(0, t)};  // (P, L, D), (P, L)
      const at::Tensor scores = m.score(leaves[0].index_select(0, i), text);                 // (P)
      const at::Tensor weights = dS.flatten().index_select(0, i * dS.size(1) + t);           // (P)
      (scores * weights).sum().backward();
    }
  }
  void score_tiles(const Module& m, const torch::autograd::variable_list& leaves, const at::Tensor& dS) const {
    for (std::int64_t i = 0; i < dS.size(0); i += images_a_tile) {
      const std::int64_t count = std::min(images_a_tile, dS.size(0) - i);
      const Masked<at::Tensor> text{leaves[1].unsqueeze(0), mask.unsqueeze(0)};             // (1, T, L, D)
      const at::Tensor scores = m.score(leaves[0].narrow(0, i, count).unsqueeze(1), text);  // (count, T)
      (scores * dS.narrow(0, i, count)).sum().backward();
    }
  }
};

/// `scores` (I, T), computed without a graph, with a gradient to image, words and the module's weights.
template <class Module>
at::Tensor with_rescored_gradient(at::Tensor scores, const Module& module, const at::Tensor& image,
                                  const at::Tensor& words, const at::Tensor& mask) {
  torch::autograd::variable_list inputs{image, words};
  Module detached = module;
  visit_parameters(detached, [&](const auto&, at::Tensor& w) {
    inputs.push_back(w);
    w = w.detach();
  });
  if (!torch::autograd::GradMode::is_enabled() || !torch::autograd::any_variable_requires_grad(inputs)) return scores;
  const auto node = std::shared_ptr<RescoredScores<Module>>(
      new RescoredScores<Module>(detached, image.detach(), words.detach(), mask), torch::autograd::deleteNode);
  node->set_next_edges(torch::autograd::collect_next_edges(inputs));
  torch::autograd::create_gradient_edge(scores, node);
  return scores;
}

}  // namespace mgan
