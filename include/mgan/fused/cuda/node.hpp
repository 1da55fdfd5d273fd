// S with a gradient by kernels: dense, or of the touched pairs where dS is mostly zero.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/csrc/autograd/edge.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>
#include <utility>

#include "mgan/fused/cuda/sparse_gradient.hpp"

namespace mgan::cuda {

/// What scoring and its gradient run under: their device, no graph, and no autocast, for scores are single precision.
struct Setting {
  c10::OptionalDeviceGuard device;
  at::NoGradGuard no_grad;
  c10::impl::ExcludeDispatchKeyGuard no_autocast{c10::autocast_dispatch_keyset};

  explicit Setting(const at::Tensor& like) {
    if (like.is_cuda()) device.reset_device(like.device());
  }
};

/// The backward of S (I, T). Inputs are image (I, K, D), words (T, L, D) and the weights.
template <class Plan>
struct ScoresBackward : torch::autograd::Node {
  Sides sides;
  Plan plan;
  Tiles tiles;
  std::size_t weights;

  ScoresBackward(Sides detached, Plan kernels, Tiles ranges, std::size_t count)
      : sides(std::move(detached)), plan(std::move(kernels)), tiles(std::move(ranges)), weights(count) {}

  torch::autograd::variable_list apply(torch::autograd::variable_list&& upstream) override {
    if (!upstream[0].defined()) return torch::autograd::variable_list(2 + weights);
    const Setting setting(sides.images);
    const at::Tensor dS = upstream[0].detach().contiguous();  // (I, T)
    const at::Tensor touched = dS.nonzero();                  // (pairs, 2)
    Gradients d = touched.size(0) * 4 <= dS.numel() ? sparse_gradient(sides, plan, dS, touched, tile_floats)
                                                    : dense_gradient(sides, plan, tiles, dS);
    torch::autograd::variable_list all{d.image, d.words};
    for (at::Tensor& weight : d.weights) all.push_back(std::move(weight));
    return all;
  }
};

/// S (I, T), in the graph of both sides and of `weights` where one of them asks for a gradient.
template <class Plan>
at::Tensor scores_with_gradient(const Sides& sides, Plan plan, const torch::autograd::variable_list& weights) {
  torch::autograd::variable_list inputs{sides.images, sides.words};
  inputs.insert(inputs.end(), weights.begin(), weights.end());
  const bool graph = torch::autograd::GradMode::is_enabled() && torch::autograd::any_variable_requires_grad(inputs);
  Sides detached{sides.images.detach(), sides.words.detach(), sides.real, sides.lengths};
  at::Tensor S;
  std::shared_ptr<ScoresBackward<Plan>> node;
  {
    const Setting setting(sides.images);
    Tiles tiles(sides.images.size(0), sides.images.size(1), sides.words.size(1), sides.lengths, tile_floats,
                sides.images.device());
    S = scores(detached, plan, tiles);
    if (graph)
      node = std::shared_ptr<ScoresBackward<Plan>>(
          new ScoresBackward<Plan>(std::move(detached), std::move(plan), std::move(tiles), weights.size()),
          torch::autograd::deleteNode);
  }
  if (graph) {
    node->set_next_edges(torch::autograd::collect_next_edges(inputs));
    torch::autograd::create_gradient_edge(S, node);
  }
  return S;
}

}  // namespace mgan::cuda
