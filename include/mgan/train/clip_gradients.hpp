// One length for the whole gradient: g <- g min(1, max_norm / |g|), |g| the L2 norm over all weights together.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/stack.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/train/parameters.hpp"

namespace mgan::train {

/// What to do with a gradient that is not finite: stop with an error, or leave this step out.
enum class NonFinite { error, skip };

/// Clips in place and returns |g| before clipping. Weights without a gradient count nothing.
/// NonFinite::error: throws `step 812: the gradient of vision.post_layernorm.weight is not finite`.
/// NonFinite::skip: returns the infinite or NaN length, all gradients forgotten, so that an optimiser does nothing.
inline double clip_gradients(const NamedTensors& weights, double max_norm, std::int64_t step,
                             NonFinite rule = NonFinite::error) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  for (const auto& [name, weight] : weights) {
    if (weight.grad().defined()) gradients.push_back(weight.grad());
  }
  if (gradients.empty()) return 0.0;
  const double norm = at::stack(at::_foreach_norm(gradients, 2)).to(at::kDouble).norm().item<double>();
  if (std::isfinite(norm)) {
    if (norm > max_norm) at::_foreach_mul_(gradients, max_norm / norm);
    return norm;
  }
  if (rule == NonFinite::skip) {
    zero_gradients(weights);
    return norm;
  }
  for (const auto& [name, weight] : weights) {
    if (weight.grad().defined() && !std::isfinite(weight.grad().norm().item<double>())) {
      fail("step ", step, ": the gradient of ", name, " is not finite");
    }
  }
  fail("step ", step, ": the gradient's length is ", norm);
}

}  // namespace mgan::train
