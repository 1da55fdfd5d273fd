// Over the last axis: unit vectors, softmax, LayerNorm, sums and maxima.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linalg_vector_norm.h>

#include <limits>

#include "mgan/backend/torch/traits.hpp"

namespace mgan {

struct torch_reduction_ops {
  static at::Tensor widen(const at::Tensor& x) { return detail::accumulate(x); }
  static at::Tensor type_as(const at::Tensor& x, const at::Tensor& like) { return x.to(like.scalar_type()); }

  static at::Tensor normalize(const at::Tensor& half_or_full) {
    const at::Tensor x = detail::accumulate(half_or_full);
    const at::Tensor norm = at::linalg_vector_norm(x, 2, at::IntArrayRef{-1}, /*keepdim=*/true);  // (..., 1)
    // A zero vector is multiplied by 0, so that neither it nor its gradient becomes g / 1e-12.
    return x * norm.clamp_min(1e-12).reciprocal().masked_fill(norm == 0, 0);
  }
  static at::Tensor l2(const at::Tensor& half_or_full, double epsilon) {
    const at::Tensor x = detail::accumulate(half_or_full);
    const at::Tensor norm = at::linalg_vector_norm(x, 2, at::IntArrayRef{-1}, /*keepdim=*/true);  // (..., 1)
    return x * (norm + epsilon).reciprocal().masked_fill(norm == 0, 0);
  }
  static at::Tensor softmax(const at::Tensor& x, const at::Tensor& real) {
    return filled(x, real, -std::numeric_limits<double>::infinity()).softmax(-1);
  }
  static at::Tensor softmax(const at::Tensor& x, NoMask) { return detail::accumulate(x).softmax(-1); }

  static at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double epsilon) {
    return at::layer_norm(x, {x.size(-1)}, weight, bias, epsilon);
  }

  static at::Tensor sum(const at::Tensor& x, NoMask) { return detail::accumulate(x).sum(-1); }
  static at::Tensor sum(const at::Tensor& x, const at::Tensor& real) { return filled(x, real, 0).sum(-1); }
  static at::Tensor mean(const at::Tensor& x, NoMask) { return detail::accumulate(x).mean(-1); }
  static at::Tensor mean(const at::Tensor& x, const at::Tensor& real) {
    const at::Tensor aligned = detail::align(real, x);
    return sum(x, real) / aligned.sum(-1).to(detail::accumulate(x).scalar_type());
  }

  /// at::amax would share the gradient among equals; at::max gives it to one, the first of them on the CPU.
  static at::Tensor max(const at::Tensor& x, const at::Tensor& real) {
    const at::Tensor candidates = filled(x, real, -std::numeric_limits<double>::infinity());
    if (!at::GradMode::is_enabled() || !candidates.requires_grad()) return candidates.amax(-1);
    if (candidates.is_cpu()) return std::get<0>(candidates.max(-1));
    const at::Tensor index = candidates.detach().argmax(-1, true);  // (..., 1)
    return candidates.gather(-1, index).squeeze(-1);
  }
  static at::Tensor max(const at::Tensor& x, NoMask) { return max(x, at::Tensor()); }
  static at::Tensor argmax(const at::Tensor& x, const at::Tensor& real) {
    return filled(x.detach(), real, -std::numeric_limits<double>::infinity()).argmax(-1);
  }
  static at::Tensor argmax(const at::Tensor& x, NoMask) { return argmax(x, at::Tensor()); }
  static at::Tensor log_sum_exp(const at::Tensor& x, const at::Tensor& real) {
    return filled(x, real, -std::numeric_limits<double>::infinity()).logsumexp(-1);
  }
  static at::Tensor log_sum_exp(const at::Tensor& x, NoMask) { return log_sum_exp(x, at::Tensor()); }

 private:
  static at::Tensor filled(const at::Tensor& half_or_full, const at::Tensor& real, double fill) {
    const at::Tensor x = detail::accumulate(half_or_full);
    return real.defined() ? x.masked_fill(detail::align(real, x).logical_not(), fill) : x;
  }
};

}  // namespace mgan
