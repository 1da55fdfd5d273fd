// The tensors of any composition as a list with names.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "mgan/backend/torch.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan {

/// Handles, not copies: writing into a tensor of the list changes the model.
using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// All weights of `model` in visiting order. Collect them again after to(): that replaces the tensors.
template <class M>
NamedTensors named_parameters(M& model) {
  NamedTensors all;
  visit_parameters(model,
                   [&all](const std::string& name, const at::Tensor& weight) { all.emplace_back(name, weight); });
  return all;
}

/// Weights and running statistics: what a checkpoint holds.
template <class M>
NamedTensors named_tensors(M& model) {
  NamedTensors all;
  visit_tensors(model, [&all](const std::string& name, const at::Tensor& x) { all.emplace_back(name, x); });
  return all;
}

}  // namespace mgan
