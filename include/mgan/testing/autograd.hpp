// How a tensor library differentiates: what check_gradients and the padding check ask of it.
#pragma once

#include "mgan/core/host.hpp"

namespace mgan {

/// Taught for every type with LibTorch's members. A library with other names specialises it. Tensors are handles: a
/// leaf that is assigned to changes wherever it is used.
template <class T>
struct autograd {};

template <class T>
requires requires(T x) {
  x.detach();
  x.requires_grad_(true);
  x.requires_grad();
  x.backward(x);
  x.grad();
}
struct autograd<T> {
  /// The same storage, and a gradient is asked for.
  static T leaf(const T& x) {
    T y = x.detach();
    y.requires_grad_(true);
    return y;
  }
  /// Gradients of sum(cotangent * y) for every leaf that y depends on.
  static void backward(const T& y, const HostArray& cotangent) {
    if (y.requires_grad()) y.backward(ops_for<T>::tensor_like(y, cotangent));
  }
  /// What arrived at a leaf, zeros if nothing did.
  static HostArray gradient(const T& x) {
    if (x.grad().defined()) return to_host(x.grad());
    HostArray zeros = to_host(x);
    for (double& v : zeros.values) v = 0;
    return zeros;
  }
};

/// A tensor type that autograd is taught for: at::Tensor with <mgan/backend/torch.hpp>.
template <class T>
concept Differentiable = Tensor<T> && requires(const T& x) {
  autograd<T>::leaf(x);
};

}  // namespace mgan
