// One number from the values that survived a maximum. The five poolings of CHAN (Pan et al., CVPR 2023).
//
//     mean s     sum s     max s     log sum exp(s / beta)     sum softmax(s / beta) s
//
// A pooling is any functor on (..., n) and a mask that returns (...).
#pragma once

#include "mgan/core/check.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"

namespace mgan {

struct MeanPool {
  static constexpr bool weighted_mean = true;  // between the least and the largest of s

  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& s, const Mask& real = {}) const {
    return mean(s, real);  // (...)
  }
};

/// Grows with the number of tokens: a margin means something else for long captions.
struct SumPool {
  static constexpr bool weighted_mean = false;

  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& s, const Mask& real = {}) const {
    return sum(s, real);  // (...)
  }
};

struct MaxPool {
  static constexpr bool weighted_mean = true;

  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& s, const Mask& real = {}) const {
    return max(s, real);  // (...)
  }
};

/// Not multiplied back by beta, as CHAN publishes it: the scale is 1 / beta that of the similarities.
struct LogSumExpPool {
  static constexpr bool weighted_mean = false;
  double beta = 0.1;

  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& s, const Mask& real = {}) const {
    check_positive("LogSumExpPool", "beta", beta);
    return log_sum_exp(scale(s, 1 / beta), real);  // (...)
  }
};

struct SoftmaxPool {
  static constexpr bool weighted_mean = true;
  double beta = 0.1;

  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& s, const Mask& real = {}) const {
    check_positive("SoftmaxPool", "beta", beta);
    return sum(mul(softmax(scale(s, 1 / beta), real), s), real);  // (...)
  }
};

}  // namespace mgan
