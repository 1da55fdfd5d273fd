// Reductions over the last axis: transpose first to reduce another. A mask leaves positions out.
#pragma once

#include "mgan/core/tensor.hpp"

namespace mgan {

struct sum_fn {
  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& x, const Mask& real = {}) const {
    return ops_for<X>::sum(x, real);
  }
};
struct mean_fn {
  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& x, const Mask& real = {}) const {
    return ops_for<X>::mean(x, real);
  }
};
struct max_fn {
  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& x, const Mask& real = {}) const {
    return ops_for<X>::max(x, real);
  }
};
struct argmax_fn {
  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& x, const Mask& real = {}) const {
    return ops_for<X>::argmax(x, real);
  }
};

struct log_sum_exp_fn {
  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& x, const Mask& real = {}) const {
    return ops_for<X>::log_sum_exp(x, real);
  }
};

inline namespace functions {

inline constexpr sum_fn sum{};        ///< (..., n) -> (...)
inline constexpr mean_fn mean{};      ///< (..., n) -> (...), over the real positions
inline constexpr max_fn max{};        ///< (..., n) -> (...); the gradient goes to the first of the largest alone
inline constexpr argmax_fn argmax{};  ///< (..., n) -> (...), the lowest index of the largest
/// (..., n) -> (...): log sum exp(x), without overflow.
inline constexpr log_sum_exp_fn log_sum_exp{};

}  // namespace functions
}  // namespace mgan
