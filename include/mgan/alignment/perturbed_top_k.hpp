// A top-K with a gradient: the mean one-hot choice under Gaussian noise (Berthet et al. 2020, Cordonnier et al. 2021).
//
//     Y = (1/n) sum_i onehot(sorted top K of s + sigma z_i)         z_i ~ N(0, I)
//     dY/ds ~ (1/(n sigma)) sum_i onehot_i z_i^T
#pragma once

#include "mgan/core/check.hpp"

namespace mgan {

/// How the gradient of the mean indicator is estimated.
enum class Estimator {
  full,      ///< the whole K x M x M Jacobian, the derivative of the mean
  diagonal,  ///< dY[k, m]/ds[m] alone, as in published code; biased
};

struct perturbed_top_k_fn {
  /// scores (..., M), noise (..., n, M) -> indicator Y (..., K, M).
  template <Tensor S, Tensor Z>
  auto operator()(const S& scores, const Z& noise, std::int64_t k, double sigma,
                  Estimator estimator = Estimator::full) const {
    require(k >= 1 && k <= axis(scores, 1), "PerturbedTopK: k is ", k, ", expected 1..", axis(scores, 1));
    require(sigma > 0, "PerturbedTopK: sigma is ", sigma, ", expected > 0");
    Shape expected = shape(scores);
    expected.insert(expected.end() - 1, axis(noise, 2));
    check_shape("PerturbedTopK", "noise", noise, expected);
    require(axis(noise, 2) > 0, "PerturbedTopK: no draws: noise is ", shape(noise));
    check_same_kind("PerturbedTopK", "scores and noise", scores, noise);
    check_finite("PerturbedTopK", "scores", scores);
    return ops_for<S>::perturbed_top_k(scores, noise, k, sigma, estimator == Estimator::full);
  }
};
/// The indicator for given noise.
inline constexpr perturbed_top_k_fn perturbed_top_k{};

/// The indicator for noise from a generator.
struct PerturbedTopK {
  std::int64_t draws = 500;
  double sigma = 0.05;
  Estimator estimator = Estimator::full;

  /// scores (..., M) -> Y (..., K, M).
  template <Tensor S, class Generator>
  auto operator()(const S& scores, std::int64_t k, Generator& generator) const {
    require(draws >= 1, "PerturbedTopK: ", draws, " draws, expected at least 1");
    return perturbed_top_k(scores, ops_for<S>::gaussian(scores, draws, generator), k, sigma, estimator);
  }
};

}  // namespace mgan
