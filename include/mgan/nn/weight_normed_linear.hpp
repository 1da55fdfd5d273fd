// An affine map whose rows are learned as a length and a direction.
#pragma once

#include <cmath>

#include "mgan/core/check.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"

namespace mgan {

/// y = W x + b on the last axis, row o of W being length_o direction_o / |direction_o|: (..., in) -> (..., out).
/// Salimans and Kingma, NeurIPS 2016. A direction of zeros gives a row of zeros.
template <Tensor T>
struct WeightNormedLinear {
  matrix_of<T> direction;  // (out, in)
  vector_of<T> length;     // (out)
  vector_of<T> bias;       // (out)

  static WeightNormedLinear create(std::int64_t in, std::int64_t out) {
    return {make_matrix<T>(out, in), make_vector<T>(out), make_vector<T>(out)};
  }

  template <Tensor X>
  auto operator()(const X& x) const {
    check_same_kind("WeightNormedLinear", "input and direction", x, direction);
    return add(mul(linear(x, normalize(direction)), length), bias);  // (..., out)
  }

  /// W starts as the weight of a Linear does: lengths are those of the directions.
  void initialize(WeightGenerator& generator) {
    fill_uniform(direction, generator);
    const HostArray rows = to_host(direction);
    HostArray lengths = to_host(length);
    const std::size_t width = rows.values.size() / lengths.values.size();
    for (std::size_t o = 0; o < lengths.values.size(); ++o) {
      double squares = 0;
      for (std::size_t i = 0; i < width; ++i) squares += std::pow(rows.values[o * width + i], 2);
      lengths.values[o] = std::sqrt(squares);
    }
    assign(length, lengths);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("direction", self.direction);
    f("length", self.length);
    f("bias", self.bias);
  }
};

}  // namespace mgan
