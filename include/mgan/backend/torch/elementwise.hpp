// Arithmetic and activations.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/leaky_relu.h>

#include "mgan/backend/torch/traits.hpp"

namespace mgan {

struct torch_elementwise_ops {
  static at::Tensor add(const at::Tensor& x, const at::Tensor& y) { return x + y; }
  static at::Tensor sub(const at::Tensor& x, const at::Tensor& y) { return x - y; }
  static at::Tensor mul(const at::Tensor& x, const at::Tensor& y) { return x * y; }
  static at::Tensor div(const at::Tensor& x, const at::Tensor& y) { return x / y; }
  static at::Tensor scale(const at::Tensor& x, double factor) { return x * factor; }
  static at::Tensor scale_by(const at::Tensor& x, const at::Tensor& factor) {
    require(factor.dim() == 1 && factor.size(0) == 1, "scale_by: the factor is ", factor.sizes().vec(),
            ", expected (1)");
    return x * factor;
  }
  static at::Tensor shift(const at::Tensor& x, double offset) { return x + offset; }
  static at::Tensor relu(const at::Tensor& x) { return x.relu(); }
  static at::Tensor gelu(const at::Tensor& x) { return at::gelu(x); }
  static at::Tensor sigmoid(const at::Tensor& x) { return x.sigmoid(); }
  static at::Tensor tanh(const at::Tensor& x) { return x.tanh(); }
  static at::Tensor leaky_relu(const at::Tensor& x, double slope) { return at::leaky_relu(x, slope); }
  static at::Tensor exp(const at::Tensor& x) { return x.exp(); }
  static at::Tensor at_least(const at::Tensor& x, double floor) { return x.clamp_min(floor); }
  static at::Tensor root(const at::Tensor& x, double floor) { return x.clamp_min(floor).sqrt(); }
  static at::Tensor log(const at::Tensor& x) { return x.log(); }
  static at::Tensor clip(const at::Tensor& x, double low, double high) { return x.clamp(low, high); }
  static at::Tensor detach(const at::Tensor& x) { return x.detach(); }
  static at::Tensor where_positive(const at::Tensor& x, const at::Tensor& condition) {
    return x.masked_fill(condition.gt(0).logical_not(), 0);
  }
};

}  // namespace mgan
