// Affine maps.
#pragma once

#include <string>

#include "mgan/core/check.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/ops/linear.hpp"

namespace mgan {

/// y = W x + b on the last axis: (..., in) -> (..., out).
template <Tensor T>
struct Linear {
  matrix_of<T> weight;  // (out, in)
  vector_of<T> bias;    // (out)

  static Linear create(std::int64_t in, std::int64_t out) { return {make_matrix<T>(out, in), make_vector<T>(out)}; }

  template <Tensor X>
  auto operator()(const X& x) const {
    check_same_kind("Linear", "input and weight", x, weight);
    return linear(x, weight, bias);  // (..., out)
  }
  /// Row i meets block i of the weight, as the heads of an attention do: (..., h, in) -> (..., out).
  template <Tensor X>
  auto blockwise(const X& x) const {
    check_same_kind("Linear", "input and weight", x, weight);
    return blockwise_linear(x, weight, bias);  // (..., out)
  }

  void initialize(WeightGenerator& generator) { fill_uniform(weight, generator); }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
    f("bias", self.bias);
  }
};

/// Throws unless the layer takes `in` numbers to `out`, with a bias.
template <Tensor T>
void check_layer(const char* where, const std::string& what, const Linear<T>& layer, std::int64_t out,
                 std::int64_t in) {
  check_shape(where, (what + ".weight").c_str(), layer.weight, {out, in});
  check_shape(where, (what + ".bias").c_str(), layer.bias, {out});
}

/// y = W x on the last axis, without a bias.
template <Tensor T>
struct Projection {
  matrix_of<T> weight;  // (out, in)

  static Projection create(std::int64_t in, std::int64_t out) { return {make_matrix<T>(out, in)}; }

  template <Tensor X>
  auto operator()(const X& x) const {
    check_same_kind("Projection", "input and weight", x, weight);
    return linear(x, weight);  // (..., out)
  }

  void initialize(WeightGenerator& generator) { fill_uniform(weight, generator); }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
  }
};

}  // namespace mgan
