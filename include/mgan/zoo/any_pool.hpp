// The policies of MaxSim that a file chooses: types in the library, closed alternatives here.
#pragma once

#include "mgan/alignment/pooling.hpp"
#include "mgan/core/masked.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/zoo/options.hpp"

namespace mgan::zoo {

/// One of the five poolings.
struct AnyPool {
  static constexpr bool weighted_mean = false;  // the pooling is chosen at run time, too late for bounds
  enum class Kind { mean, sum, max, log_sum_exp, softmax } kind = Kind::mean;
  double beta = 0.1;

  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& s, const Mask& real = {}) const {
    switch (kind) {
      case Kind::sum:
        return SumPool{}(s, real);  // (...)
      case Kind::max:
        return MaxPool{}(s, real);
      case Kind::log_sum_exp:
        return LogSumExpPool{beta}(s, real);
      case Kind::softmax:
        return SoftmaxPool{beta}(s, real);
      default:
        return MeanPool{}(s, real);
    }
  }

  /// `pool`, and `beta` for the two that have one.
  void read(Options& options) {
    options.optional("pool", kind,
                     {{"mean", Kind::mean},
                      {"sum", Kind::sum},
                      {"max", Kind::max},
                      {"log_sum_exp", Kind::log_sum_exp},
                      {"softmax", Kind::softmax}});
    options.required_if(kind == Kind::log_sum_exp || kind == Kind::softmax, "beta", beta);
  }
};

/// Cosines or raw products, and perhaps a LeakyReLU.
struct AnySimilarity {
  static constexpr bool unchanged = false;
  bool normalize = true;
  double slope = 1;  // 1: the identity

  template <Tensor X>
  auto prepare(const X& x) const {
    using Unit = decltype(mgan::normalize(x));
    return normalize ? mgan::normalize(x) : Unit(widen(x));  // (..., n, D)
  }
  template <Tensor C>
  auto operator()(const C& c) const {
    return leaky_relu(c, slope);  // (..., R, L)
  }

  void read(Options& options) {
    options.optional("normalize", normalize);
    options.optional("negative_slope", slope);
  }
};

}  // namespace mgan::zoo
