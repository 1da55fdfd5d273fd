// A dilated convolution along the rows of a sample.
#pragma once

#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/ops/linear.hpp"

namespace mgan {

/// y[r] = b + sum_j W[:, :, j] x[r + (j - (width - 1) / 2) dilation], zeros outside: (..., R, C) -> (..., R, C_out).
template <Tensor T>
struct Conv1d {
  kernel_of<T> weight;  // (C_out, C, width), width odd
  vector_of<T> bias;    // (C_out)
  std::int64_t dilation = 1;

  static Conv1d create(std::int64_t in, std::int64_t out, std::int64_t width, std::int64_t dilation) {
    require(width % 2 == 1, "Conv1d: width is ", width, ", expected an odd number");
    require(dilation >= 1, "Conv1d: dilation is ", dilation, ", expected at least 1");
    return {make_kernel<T>(out, in, width), make_vector<T>(out), dilation};
  }

  template <Tensor X>
  auto operator()(const X& x) const {
    check(x);
    return conv1d(x, weight, bias, dilation);
  }
  template <Tensor X>
  void check(const X& x) const {
    const Shape kernel = shape(weight);
    require(axis(x, 1) == kernel[1], "Conv1d: input is ", shape(x), ", kernel is ", kernel);
    check_same_kind("Conv1d", "input and weight", x, weight);
  }

  void initialize(WeightGenerator& generator) { fill_uniform(weight, generator); }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
    f("bias", self.bias);
  }
};

struct convolve_each_fn {
  template <Tensor T, Tensor X>
  auto operator()(const std::vector<Conv1d<T>>& layers, const X& x) const {
    std::vector<kernel_of<T>> kernels;
    std::vector<vector_of<T>> biases;
    std::vector<std::int64_t> dilations;
    for (const Conv1d<T>& layer : layers) {
      layer.check(x);
      kernels.push_back(layer.weight);
      biases.push_back(layer.bias);
      dilations.push_back(layer.dilation);
    }
    return conv1d_each(x, kernels, biases, dilations);
  }
};

inline namespace functions {
/// Several convolutions of one sample, side by side: (..., R, C) -> (..., R, sum C_out).
inline constexpr convolve_each_fn convolve_each{};
}  // namespace functions

}  // namespace mgan
