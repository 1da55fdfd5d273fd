// A composition as a torch::nn::Module, for code that wants one. This header costs 16 s a translation unit: include it
// where it is needed alone.
#pragma once

#include <torch/nn/module.h>

#include <string>
#include <utility>

#include "mgan/backend/torch.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan {

/// Owns a functor and registers its weights, and its running statistics as buffers; dots become underscores, which
/// torch::nn::Module does not allow in names. parameters(), zero_grad(), train() and serialisation work; `functor` is
/// used as ever. Moves (to(device), to(dtype)) change the tensors in place, so that both sides see them.
template <class M>
struct Module : torch::nn::Module {
  M functor;

  explicit Module(M m) : functor(std::move(m)) {
    const auto plain = [](std::string name) {
      for (char& c : name)
        if (c == '.') c = '_';
      return name;
    };
    visit_parameters(functor, [&](const std::string& name, at::Tensor& weight) {
      weight = register_parameter(plain(name), weight);
    });
    visit_states(functor,
                 [&](const std::string& name, at::Tensor& state) { state = register_buffer(plain(name), state); });
  }

  template <class... Inputs>
  auto operator()(const Inputs&... inputs) const {
    return functor(inputs...);
  }
};

}  // namespace mgan
