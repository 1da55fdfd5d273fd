// Fused scores in LibTorch's graph. The sweep keeps nothing of the size (images, texts, K, L) but, where they are
// small, the products; the gradient is a kernel (kernel_gradients.hpp), or the functor's where there is none
// (rescored_gradients.hpp) and where a gradient of the gradient is asked for.
#pragma once

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/edge.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>
#include <utility>
#include <vector>

#include "mgan/fused/torch/kernel_gradients.hpp"
#include "mgan/fused/torch/rescored_gradients.hpp"

namespace mgan {

/// The backward of S (I, T) = module.score(image (I, 1, K, D), words (1, T, L, D)). Inputs are image (I, K, D), words
/// (T, L, D) and the module's weights in the order of their visit.
template <class Module>
struct FusedScores : torch::autograd::Node {
  Module module;
  std::vector<torch::autograd::SavedVariable> saved;
  at::Tensor mask;  // (T, L)
  List<std::int64_t> lengths;
  at::Tensor kept;  // products, until a gradient has used them
  bool released = false;

  torch::autograd::variable_list apply(torch::autograd::variable_list&& upstream) override {
    require(!released, "Fused: a second backward through scores needs retain_graph=true in the first");
    torch::autograd::variable_list inputs;
    for (const auto& variable : saved) inputs.push_back(variable.unpack());
    const at::Tensor dS = upstream[0];  // (I, T)
    if (!dS.defined()) return torch::autograd::variable_list(inputs.size());
    if (torch::autograd::GradMode::is_enabled()) return differentiable(inputs, dS);
    const Module m = with_weights(module, inputs.data() + 2);
    if constexpr (HasKernelGradient<decltype(epilogue_of(module))>) {
      return kernel_gradients(epilogue_of(m), {inputs[0], inputs[1], mask, lengths}, dS, std::exchange(kept, {}));
    } else {
      return rescored_gradients(m, inputs, mask, dS.detach());
    }
  }

  void release_variables() override {
    saved.clear();
    kept.reset();
    released = true;
  }

 private:
  /// By the functor, in the graph (create_graph=true).
  torch::autograd::variable_list differentiable(const torch::autograd::variable_list& inputs,
                                                const at::Tensor& dS) const {
    const Module m = with_weights(module, inputs.data() + 2);
    const Masked<at::Tensor> text{inputs[1].unsqueeze(0), mask.unsqueeze(0)};  // (1, T, L, D)
    const at::Tensor scores = m.score(inputs[0].unsqueeze(1), text);           // (I, T)
    torch::autograd::variable_list asked, gradients;
    for (const at::Tensor& input : inputs)
      if (input.requires_grad()) asked.push_back(input);
    const auto found = torch::autograd::grad({scores}, asked, {dS}, true, true, true);
    auto next = found.begin();
    for (const at::Tensor& input : inputs) gradients.push_back(input.requires_grad() ? *next++ : at::Tensor());
    return gradients;
  }
};

/// image (I, K, D), words (T, L, D) and the module's weights, as a gradient asks for them.
template <class Module>
torch::autograd::variable_list fused_inputs(const Module& module, const Sides& sides) {
  torch::autograd::variable_list inputs{sides.images, sides.words};
  visit_parameters(module, [&](const auto&, const at::Tensor& w) { inputs.push_back(w); });
  return inputs;
}
inline bool wants_graph(const torch::autograd::variable_list& inputs) {
  return torch::autograd::GradMode::is_enabled() && torch::autograd::any_variable_requires_grad(inputs);
}

/// Gives S (I, T) the gradient of fused scores. inputs: those of `sides`; kept: the sweep's products, or undefined.
template <class Module>
void attach_gradient(const Module& module, const torch::autograd::variable_list& inputs, const Sides& sides,
                     at::Tensor kept, at::Tensor& scores) {
  const auto node = std::shared_ptr<FusedScores<Module>>(new FusedScores<Module>, torch::autograd::deleteNode);
  const std::vector<at::Tensor> nothing(inputs.size());
  node->module = with_weights(module, nothing.data() + 2);
  for (const at::Tensor& input : inputs) node->saved.emplace_back(input, /*is_output=*/false);
  node->mask = sides.real;
  node->lengths = sides.lengths;
  node->kept = std::move(kept);
  node->set_next_edges(torch::autograd::collect_next_edges(inputs));
  torch::autograd::create_gradient_edge(scores, node);
}

/// S (I, T) by the sweep, with a gradient to both sides and the module's weights.
template <class Module>
at::Tensor fused_scores(const Module& module, const Sides& sides) {
  const auto inputs = fused_inputs(module, sides);
  const auto plan = epilogue_of(module);
  if (!wants_graph(inputs)) return fused_sweep(sides, plan.epilogue);
  at::Tensor kept;
  at::Tensor scores = fused_sweep(sides, plan.epilogue, HasKernelGradient<decltype(plan)> ? &kept : nullptr);  // (I, T)
  attach_gradient(module, inputs, sides, std::move(kept), scores);
  return scores;
}

}  // namespace mgan
