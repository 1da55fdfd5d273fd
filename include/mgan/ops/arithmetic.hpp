// Element-wise arithmetic. Two operands of one shape, or the second a vector that is broadcast over the last axis.
#pragma once

#include "mgan/core/tensor.hpp"

namespace mgan {

struct add_fn {
  template <Tensor X, Tensor Y>
  auto operator()(const X& x, const Y& y) const {
    detail::same_scalar<detail::scalar_of<X>, detail::scalar_of<Y>>();
    return ops_for<X>::add(x, y);
  }
};
struct sub_fn {
  template <Tensor X, Tensor Y>
  auto operator()(const X& x, const Y& y) const {
    detail::same_scalar<detail::scalar_of<X>, detail::scalar_of<Y>>();
    return ops_for<X>::sub(x, y);
  }
};
struct mul_fn {
  template <Tensor X, Tensor Y>
  auto operator()(const X& x, const Y& y) const {
    detail::same_scalar<detail::scalar_of<X>, detail::scalar_of<Y>>();
    return ops_for<X>::mul(x, y);
  }
};
struct div_fn {
  template <Tensor X, Tensor Y>
  auto operator()(const X& x, const Y& y) const {
    detail::same_scalar<detail::scalar_of<X>, detail::scalar_of<Y>>();
    return ops_for<X>::div(x, y);
  }
};
struct scale_fn {
  template <Tensor X>
  auto operator()(const X& x, double factor) const {
    return ops_for<X>::scale(x, factor);
  }
};
struct scale_by_fn {
  template <Tensor X, Tensor Factor>
  auto operator()(const X& x, const Factor& factor) const {
    detail::same_scalar<detail::scalar_of<X>, detail::scalar_of<Factor>>();
    return ops_for<X>::scale_by(x, factor);
  }
};
struct shift_fn {
  template <Tensor X>
  auto operator()(const X& x, double offset) const {
    return ops_for<X>::shift(x, offset);
  }
};
struct relu_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    return ops_for<X>::relu(x);
  }
};
struct gelu_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    return ops_for<X>::gelu(x);
  }
};
struct sigmoid_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    return ops_for<X>::sigmoid(x);
  }
};
struct tanh_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    return ops_for<X>::tanh(x);
  }
};

struct leaky_relu_fn {
  template <Tensor X>
  auto operator()(const X& x, double slope) const {
    return ops_for<X>::leaky_relu(x, slope);
  }
};
struct exp_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    return ops_for<X>::exp(x);
  }
};
struct at_least_fn {
  template <Tensor X>
  auto operator()(const X& x, double floor) const {
    return ops_for<X>::at_least(x, floor);
  }
};
struct root_fn {
  template <Tensor X>
  auto operator()(const X& x, double floor) const {
    return ops_for<X>::root(x, floor);
  }
};
struct where_positive_fn {
  template <Tensor X, Tensor Y>
  auto operator()(const X& x, const Y& condition) const {
    return ops_for<X>::where_positive(x, condition);
  }
};
struct log_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    return ops_for<X>::log(x);
  }
};
struct clip_fn {
  template <Tensor X>
  auto operator()(const X& x, double low, double high) const {
    return ops_for<X>::clip(x, low, high);
  }
};
struct detach_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    return ops_for<X>::detach(x);
  }
};

inline namespace functions {

inline constexpr add_fn add{};      ///< x + y
inline constexpr sub_fn sub{};      ///< x - y
inline constexpr mul_fn mul{};      ///< x * y, element by element
inline constexpr div_fn div{};      ///< x / y, element by element
inline constexpr scale_fn scale{};  ///< factor * x
/// x times the one number of a vector (1), such as a trained scale: both have a gradient.
inline constexpr scale_by_fn scale_by{};
inline constexpr shift_fn shift{};      ///< x + offset
inline constexpr relu_fn relu{};        ///< max(x, 0)
inline constexpr gelu_fn gelu{};        ///< x Phi(x), the exact one (erf)
inline constexpr sigmoid_fn sigmoid{};  ///< 1 / (1 + exp(-x))
inline constexpr tanh_fn tanh{};
inline constexpr leaky_relu_fn leaky_relu{};  ///< x where x > 0, else slope x
inline constexpr exp_fn exp{};
inline constexpr at_least_fn at_least{};  ///< max(x, floor); no gradient below the floor
/// sqrt(max(x, floor)), floor > 0: the gradient of a root of 0 would be infinite.
inline constexpr root_fn root{};
/// x where the condition (of the same shape) is > 0, else 0. The condition has no gradient.
inline constexpr where_positive_fn where_positive{};
inline constexpr log_fn log{};        ///< the natural logarithm
inline constexpr clip_fn clip{};      ///< min(max(x, low), high); no gradient outside
inline constexpr detach_fn detach{};  ///< x as a constant: no gradient goes through

}  // namespace functions
}  // namespace mgan
