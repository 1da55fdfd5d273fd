// Products. Weights are (out, in): y = W x + b.
#pragma once

#include <vector>

#include "mgan/core/tensor.hpp"

namespace mgan {

struct linear_fn {
  /// (..., in) -> (..., out)
  template <Tensor X, Tensor W>
  auto operator()(const X& x, const W& weight) const {
    detail::same_scalar<detail::scalar_of<X>, detail::scalar_of<W>>();
    return ops_for<X>::linear(x, weight);
  }
  template <Tensor X, Tensor W, Tensor B>
  auto operator()(const X& x, const W& weight, const B& bias) const {
    detail::same_scalar<detail::scalar_of<X>, detail::scalar_of<W>>();
    return ops_for<X>::linear(x, weight, bias);
  }
};
struct blockwise_linear_fn {
  template <Tensor X, Tensor W, Tensor B>
  auto operator()(const X& x, const W& weight, const B& bias) const {
    detail::same_scalar<detail::scalar_of<X>, detail::scalar_of<W>>();
    return ops_for<X>::blockwise_linear(x, weight, bias);
  }
};
struct matmul_fn {
  template <Tensor X, Tensor Y>
  auto operator()(const X& x, const Y& y) const {
    detail::same_scalar<detail::scalar_of<X>, detail::scalar_of<Y>>();
    return ops_for<X>::matmul(x, y);
  }
};
struct inner_fn {
  template <Tensor X, Tensor Y>
  auto operator()(const X& x, const Y& y) const {
    detail::same_scalar<detail::scalar_of<X>, detail::scalar_of<Y>>();
    return ops_for<X>::inner(x, y);
  }
};
struct dot_fn {
  template <Tensor X, Tensor Y>
  auto operator()(const X& x, const Y& y) const {
    detail::same_scalar<detail::scalar_of<X>, detail::scalar_of<Y>>();
    return ops_for<X>::dot(x, y);
  }
};
struct quadratic_fn {
  template <Tensor X, Tensor G>
  auto operator()(const X& x, const G& gram) const {
    return ops_for<X>::quadratic(x, gram);
  }
};
struct conv1d_fn {
  template <Tensor X, Tensor W, Tensor B>
  auto operator()(const X& x, const W& kernel, const B& bias, std::int64_t dilation) const {
    return ops_for<X>::conv1d(x, kernel, bias, dilation);
  }
};
struct conv1d_each_fn {
  template <Tensor X, Tensor W, Tensor B>
  auto operator()(const X& x, const std::vector<W>& kernels, const std::vector<B>& biases,
                  const std::vector<std::int64_t>& dilations) const {
    if constexpr (requires { ops_for<X>::conv1d_each(x, kernels, biases, dilations); }) {
      return ops_for<X>::conv1d_each(x, kernels, biases, dilations);
    } else {
      std::vector<decltype(ops_for<X>::conv1d(x, kernels[0], biases[0], 1))> parts;
      for (std::size_t i = 0; i < kernels.size(); ++i)
        parts.push_back(ops_for<X>::conv1d(x, kernels[i], biases[i], dilations[i]));  // (..., R, C_i)
      return ops_for<X>::concat(parts);                                               // (..., R, sum C_i)
    }
  }
};
struct leading_block_fn {
  template <Tensor W>
  auto operator()(const W& weight, std::int64_t n) const {
    return ops_for<W>::leading_block(weight, n);
  }
};

inline namespace functions {

/// W x + b on the last axis: (..., in) -> (..., out).
inline constexpr linear_fn linear{};
/// Row i meets block i of the weight: (..., h, in), (h out, in), (h out) -> (..., h out).
inline constexpr blockwise_linear_fn blockwise_linear{};
/// (..., N, R) times (..., R, D) -> (..., N, D). Leading axes broadcast.
inline constexpr matmul_fn matmul{};
/// All inner products of rows: (..., K, D) and (..., L, D) -> (..., K, L). Leading axes broadcast, and a batch of
/// images against a batch of texts is one matrix product.
inline constexpr inner_fn inner{};
/// (..., D) and (..., D) -> (...); or (..., N, D) and (..., D) -> (..., N), the rows against one vector.
inline constexpr dot_fn dot{};
/// x' G x of every row x: (..., m, n) and a symmetric (..., n, n) -> (..., m). Leading axes broadcast.
inline constexpr quadratic_fn quadratic{};
/// Cross-correlation along the rows: x (..., R, C), kernel (C_out, C, width) -> (..., R, C_out);
/// dilation (width - 1) / 2 zeros on both sides keep R. width is odd.
inline constexpr conv1d_fn conv1d{};
/// Several of them on one x, side by side: -> (..., R, sum C_out). A backend may have a way that reads x once.
inline constexpr conv1d_each_fn conv1d_each{};
/// The leading n x n block of a square weight.
inline constexpr leading_block_fn leading_block{};

}  // namespace functions
}  // namespace mgan
