// Ragged batches: token rows with the positions that are real.
#pragma once

#include <utility>

#include "mgan/core/tensor.hpp"

namespace mgan {

/// A padded batch. `values` (..., n, D) or (..., n); `mask` (..., n), true where a position is real.
/// Made by the backend's `ragged(values, lengths)`, which replaces padding by zeros: whatever was there, NaN included,
/// can neither reach a score nor receive a gradient. A sample without padding is a plain tensor instead.
template <Tensor T>
struct Masked {
  T values;
  T mask;
};
template <Tensor T>
Masked(T, T) -> Masked<T>;

template <class X>
inline constexpr bool is_masked = false;
template <class T>
inline constexpr bool is_masked<Masked<T>> = true;

/// Token rows of a sample: a tensor, or a padded batch of them.
template <class X>
concept Tokens = Tensor<X> || is_masked<std::remove_cvref_t<X>>;

inline namespace functions {

struct values_fn {
  template <Tensor X>
  const X& operator()(const X& x) const {
    return x;
  }
  template <class T>
  const T& operator()(const Masked<T>& x) const {
    return x.values;
  }
};
/// The numbers of a sample, with or without a mask.
inline constexpr values_fn values{};

struct mask_fn {
  template <Tensor X>
  NoMask operator()(const X&) const {
    return {};
  }
  template <class T>
  const T& operator()(const Masked<T>& x) const {
    return x.mask;
  }
};
/// The mask of a sample: NoMask for a plain tensor.
inline constexpr mask_fn mask{};

struct map_values_fn {
  template <Tensor X, class F>
  auto operator()(const X& x, F&& f) const {
    return f(x);
  }
  template <class T, class F>
  auto operator()(const Masked<T>& x, F&& f) const {
    return Masked<T>{f(x.values), x.mask};
  }
};
/// f applied to the numbers; the mask stays.
inline constexpr map_values_fn map_values{};

}  // namespace functions
}  // namespace mgan
