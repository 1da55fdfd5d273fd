// LayerNorm over the last axis.
#pragma once

#include "mgan/core/check.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/ops/normalize.hpp"

namespace mgan {

/// y = (x - mean) / sqrt(variance + epsilon) * weight + bias, biased variance: (..., D) -> (..., D).
template <Tensor T>
struct LayerNorm {
  vector_of<T> weight;  // (D)
  vector_of<T> bias;    // (D)
  double epsilon = 1e-5;

  static LayerNorm create(std::int64_t width) { return {make_vector<T>(width, 1), make_vector<T>(width)}; }

  template <Tensor X>
  auto operator()(const X& x) const {
    check_shape("LayerNorm", "weight", weight, {axis(x, 1)});
    check_same_kind("LayerNorm", "input and weight", x, weight);
    return layer_norm(x, weight, bias, epsilon);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
    f("bias", self.bias);
  }
};

}  // namespace mgan
