// Parts of a list of named weights: what optimiser, clipping and checkpoints work on.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/backend/torch/named_tensors.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan::train {

using mgan::named_parameters;
using mgan::named_tensors;
using mgan::NamedTensors;

/// Those whose name starts with `prefix`: `with_prefix(all, "text.encoder.layer.11.")` is BERT's last layer.
inline NamedTensors with_prefix(const NamedTensors& all, std::string_view prefix) {
  NamedTensors some;
  for (const auto& entry : all) {
    if (std::string_view(entry.first).substr(0, prefix.size()) == prefix) some.push_back(entry);
  }
  return some;
}

/// Those that a gradient is asked for: what an optimiser is given.
inline NamedTensors trainable(const NamedTensors& all) {
  NamedTensors some;
  for (const auto& entry : all) {
    if (entry.second.requires_grad()) some.push_back(entry);
  }
  return some;
}

/// Freezes (false) or unfreezes (true) weights.
inline void set_requires_grad(const NamedTensors& weights, bool wanted) {
  for (const auto& [name, weight] : weights) weight.requires_grad_(wanted);
}

/// Forgets all gradients, so that the next backward() hands its tensors over instead of adding to old ones.
inline void zero_gradients(const NamedTensors& weights) {
  for (const auto& [name, weight] : weights) weight.mutable_grad() = at::Tensor();
}

/// Moves and casts every weight and running statistic; whether one asks for a gradient stays. `to(model, at::kCUDA,
/// at::kFloat)`.
template <class M>
void to(M& model, at::Device device, at::ScalarType type) {
  visit_tensors(model, [&](const std::string&, at::Tensor& weight) {
    weight = weight.detach().to(device, type).requires_grad_(weight.requires_grad());
  });
}

}  // namespace mgan::train
