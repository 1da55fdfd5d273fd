// Unit vectors, softmax, LayerNorm: all over the last axis. Half precision comes out in single (accumulation).
#pragma once

#include "mgan/core/tensor.hpp"

namespace mgan {

struct normalize_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    return ops_for<X>::normalize(x);
  }
};
struct l2_fn {
  template <Tensor X>
  auto operator()(const X& x, double epsilon = 1e-8) const {
    return ops_for<X>::l2(x, epsilon);
  }
};
struct softmax_fn {
  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& x, const Mask& real = {}) const {
    return ops_for<X>::softmax(x, real);
  }
};
struct layer_norm_fn {
  template <Tensor X, Tensor W>
  auto operator()(const X& x, const W& weight, const W& bias, double epsilon) const {
    return ops_for<X>::layer_norm(x, weight, bias, epsilon);
  }
};
struct widen_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    if constexpr (requires { ops_for<X>::widen(x); }) return ops_for<X>::widen(x);
    else return x;
  }
};
struct type_as_fn {
  template <Tensor X, Tensor Y>
  auto operator()(const X& x, const Y& like) const {
    if constexpr (requires { ops_for<X>::type_as(x, like); }) return ops_for<X>::type_as(x, like);
    else return x;
  }
};

inline namespace functions {

/// Half precision in single, every other type as it is. A backend without half precision need not have it.
inline constexpr widen_fn widen{};
/// x in the scalar type of `like`, to go on in half precision. A backend without half precision need not have it.
inline constexpr type_as_fn type_as{};
/// x / max(|x|, 1e-12) over the last axis; the gradient of a zero vector is zero.
inline constexpr normalize_fn normalize{};
/// x / (|x| + epsilon) over the last axis; the gradient of a zero vector is zero.
inline constexpr l2_fn l2{};
/// exp(x) / sum exp(x) over the last axis; masked positions have weight exactly 0.
/// A mask (..., n) also serves (..., m, n): it is repeated over the axes between.
inline constexpr softmax_fn softmax{};
/// (x - mean) / sqrt(variance + epsilon) * weight + bias, with the biased variance.
inline constexpr layer_norm_fn layer_norm{};

}  // namespace functions
}  // namespace mgan
