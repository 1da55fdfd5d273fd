// The pieces that both transformers share: attention, the two dense layers of a block, first weights.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>

#include "mgan/backend/torch.hpp"
#include "mgan/core/error.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/nn/layer_norm.hpp"
#include "mgan/nn/linear.hpp"

namespace mgan::encoders {

using Linear = mgan::Linear<at::Tensor>;
using LayerNorm = mgan::LayerNorm<at::Tensor>;

/// softmax(q k^T / sqrt(d / heads)) v, head h being the h-th slice of d / heads coordinates: (B, n, d).
/// q, k, v (B, n, d); mask undefined, or boolean and broadcastable to (B, heads, n, n), true where a key may be seen.
inline at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                         const at::Tensor& mask = {}) {
  const auto split = [heads](const at::Tensor& x) {
    return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);  // (B, heads, n, d/heads), no copy
  };
  const std::optional<at::Tensor> seen = mask.defined() ? std::optional(mask) : std::nullopt;
  const auto y = at::scaled_dot_product_attention(split(q), split(k), split(v), seen);  // (B, heads, n, d/heads)
  return y.transpose(1, 2).reshape(q.sizes());                                          // (B, n, d)
}

/// The hidden layer's activation: CLIP's x sigmoid(1.702 x), or the exact Gaussian one, x (1 + erf(x / sqrt 2)) / 2.
enum class Activation { quick_gelu, gelu };

/// second(activation(first(x))): the two dense layers of a block, (..., d) -> (..., hidden) -> (..., d).
inline at::Tensor feed_forward(const Linear& first, const Linear& second, Activation activation, const at::Tensor& x) {
  if (activation == Activation::gelu) return second(at::gelu(first(x)));
  // quick_gelu(x) = silu(c x) / c. Scaling the weights, not the hidden layer, saves passes over its activations.
  constexpr double c = 1.702;
  const auto hidden = at::silu(at::linear(x, first.weight.mul(c), first.bias.mul(c)));  // (..., hidden)
  return at::linear(hidden, second.weight.mul(1.0 / c), second.bias);                   // (..., d)
}

/// Fills a weight with normal(0, deviation) draws, the same for a seed whatever the scalar type (Box-Muller).
inline void fill_normal(at::Tensor& weight, double deviation, WeightGenerator& generator) {
  HostArray numbers = to_host(weight);
  for (double& x : numbers.values) {
    const double radius = std::sqrt(-2.0 * std::log1p(-generator.uniform(0, 1)));
    x = deviation * radius * std::cos(2.0 * std::numbers::pi * generator.uniform(0, 1));
  }
  assign(weight, numbers);
}

}  // namespace mgan::encoders
