// Adam (Kingma & Ba 2015) over named weights, with its state in named tensors.
//
//     m = beta1 m + (1 - beta1) g;   v = beta2 v + (1 - beta2) g^2
//     w = w - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
//
// Weight decay is decoupled, w = (1 - lr decay) w before the step (Loshchilov & Hutter 2019), and for weights of two or
// more axes alone: biases and normalisations have nothing to shrink for.
//
// Written on LibTorch's fused kernel, one pass over memory on CPU and CUDA, and not on torch::optim::Adam: that header
// costs 16 s a translation unit, and hides the state that a checkpoint has to carry behind its own archive format.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <string>
#include <utility>
#include <vector>

#include "mgan/train/parameters.hpp"

namespace mgan::train {

struct AdamOptions {
  double learning_rate = 1e-4, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0.0;
};

/// Steps the weights that it was given; a weight without a gradient is left alone, and so is its step count.
class Adam {
 public:
  explicit Adam(NamedTensors weights, AdamOptions given = {}) : options(given), weights_(std::move(weights)) {
    for (const auto& [name, weight] : weights_) {
      mean_.push_back(at::zeros_like(weight.detach()));
      square_.push_back(at::zeros_like(weight.detach()));
      count_.push_back(at::zeros({}, weight.options().dtype(at::kFloat).requires_grad(false)));
    }
  }

  /// One update with the gradients as they stand.
  void step() {
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> w, g, m, v, t;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (!weights_[i].second.grad().defined()) continue;
      count_[i].add_(1.0);
      if (options.weight_decay != 0 && weights_[i].second.dim() > 1)
        weights_[i].second.mul_(1.0 - options.learning_rate * options.weight_decay);
      w.push_back(weights_[i].second);
      g.push_back(weights_[i].second.grad());
      m.push_back(mean_[i]);
      v.push_back(square_[i]);
      t.push_back(count_[i]);
    }
    if (w.empty()) return;
    at::_fused_adam_(w, g, m, v, {}, t, options.learning_rate, options.beta1, options.beta2, 0.0, options.epsilon,
                     false, false);
  }

  const NamedTensors& weights() const { return weights_; }

  /// Handles on the state, `NAME.exp_avg`, `NAME.exp_avg_sq`, `NAME.step` as PyTorch calls them.
  NamedTensors state() const {
    NamedTensors all;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      all.emplace_back(weights_[i].first + ".exp_avg", mean_[i]);
      all.emplace_back(weights_[i].first + ".exp_avg_sq", square_[i]);
      all.emplace_back(weights_[i].first + ".step", count_[i]);
    }
    return all;
  }

  AdamOptions options;  // learning_rate may change between steps

 private:
  NamedTensors weights_;
  std::vector<at::Tensor> mean_, square_, count_;
};

}  // namespace mgan::train
