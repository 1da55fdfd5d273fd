// The pieces that both transformers are made of: dense layer, layer normalisation, attention, activation.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/zeros.h>

#include <cstdint>
#include <optional>

#include "mgan/backend/torch.hpp"
#include "mgan/core/error.hpp"

namespace mgan::encoders {

/// Where first weights come from: a seeded generator, or nothing (zeros, to be overwritten by a file).
using Source = std::optional<at::Generator>;

/// A weight of the given shape: normal(0, deviation) draws, or zeros when there is no source.
inline at::Tensor weight(at::IntArrayRef shape, double deviation, const Source& source) {
  auto w = at::zeros(shape);
  return source ? w.normal_(0.0, deviation, source) : w;
}

/// y = x W^T + b; weight (out, in), bias (out).
struct Linear {
  at::Tensor weight, bias;

  static Linear make(std::int64_t in, std::int64_t out, double deviation, const Source& source) {
    return {encoders::weight({out, in}, deviation, source), at::zeros({out})};
  }

  at::Tensor operator()(const at::Tensor& x) const { return at::linear(x, weight, bias); }  // (..., in) -> (..., out)

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
    f("bias", self.bias);
  }
};

/// y = (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis, biased variance.
struct LayerNorm {
  at::Tensor weight, bias;
  double epsilon = 1e-5;

  static LayerNorm make(std::int64_t width, double epsilon) { return {at::ones({width}), at::zeros({width}), epsilon}; }

  at::Tensor operator()(const at::Tensor& x) const {
    return at::layer_norm(x, weight.sizes(), weight, bias, epsilon);  // (..., width)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
    f("bias", self.bias);
  }
};

/// softmax(q k^T / sqrt(d / heads)) v, head h being the h-th slice of d / heads coordinates.
/// q, k, v (B, n, d); mask undefined, or boolean and broadcastable to (B, heads, n, n), true where a key may be seen.
inline at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                         const at::Tensor& mask = {}) {
  const auto split = [heads](const at::Tensor& x) {
    return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);  // (B, heads, n, d/heads), no copy
  };
  const std::optional<at::Tensor> seen = mask.defined() ? std::optional(mask) : std::nullopt;
  const auto y = at::scaled_dot_product_attention(split(q), split(k), split(v), seen);  // (B, heads, n, d/heads)
  return y.transpose(1, 2).reshape({q.size(0), q.size(1), q.size(2)});                  // (B, n, d)
}

/// The hidden layer's activation: CLIP's x sigmoid(1.702 x), or the exact Gaussian one, x (1 + erf(x / sqrt 2)) / 2.
enum class Activation { quick_gelu, gelu };

/// second(activation(first(x))): the two dense layers of a block, (..., d) -> (..., hidden) -> (..., d).
inline at::Tensor feed_forward(const Linear& first, const Linear& second, Activation activation, const at::Tensor& x) {
  if (activation == Activation::gelu) return second(at::gelu(first(x)));
  // quick_gelu(x) = silu(c x) / c. Scaling the weights, not the hidden layer, saves four passes over its activations.
  constexpr double c = 1.702;
  const auto hidden = at::silu(at::linear(x, first.weight.mul(c), first.bias.mul(c)));  // (..., hidden)
  return at::linear(hidden, second.weight.mul(1.0 / c), second.bias);                   // (..., d)
}

}  // namespace mgan::encoders
