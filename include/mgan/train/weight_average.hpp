// An exponential average of the weights (Polyak & Juditsky 1992), which often retrieves better than the weights:
//
//     a = w before the first step;   a = decay a + (1 - decay) w   after every step
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_lerp.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "mgan/train/parameters.hpp"

namespace mgan::train {

class WeightAverage {
 public:
  WeightAverage(const NamedTensors& weights, double decay) : weights_(weights), decay_(decay) {
    for (const auto& [name, weight] : weights) values_.emplace_back(name, weight.detach().clone());
  }

  /// After a step of the optimiser.
  void update() {
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> a, w;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      a.push_back(values_[i].second);
      w.push_back(weights_[i].second);
    }
    if (!a.empty()) at::_foreach_lerp_(a, w, 1.0 - decay_);
  }

  /// Handles on the averages, under the weights' names and in their order.
  const NamedTensors& values() const { return values_; }
  const NamedTensors& weights() const { return weights_; }

 private:
  NamedTensors weights_, values_;
  double decay_;
};

/// While it lives, the model's weights are the averages; without an average (null) they stay as they are.
class UseAverage {
 public:
  explicit UseAverage(const WeightAverage* average) : average_(average) {
    if (!average_) return;
    for (const auto& [name, weight] : average_->weights()) before_.push_back(weight.detach().clone());
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < before_.size(); ++i)
      at::Tensor(average_->weights()[i].second).copy_(average_->values()[i].second);
  }
  ~UseAverage() {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < before_.size(); ++i) at::Tensor(average_->weights()[i].second).copy_(before_[i]);
  }
  UseAverage(const UseAverage&) = delete;
  UseAverage& operator=(const UseAverage&) = delete;

 private:
  const WeightAverage* average_;
  std::vector<at::Tensor> before_;
};

}  // namespace mgan::train
