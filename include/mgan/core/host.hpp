// Numbers on the host: how weights, cases and messages travel between tensor libraries.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mgan/core/tensor.hpp"

namespace mgan {

/// A tensor of any rank as row-major doubles; exact for every floating type up to double.
/// `dtype` is the safetensors name of the type it came from: F64, F32, F16, BF16, I64, BOOL.
struct HostArray {
  Shape shape;
  std::vector<double> values;
  std::string dtype = "F64";
};

inline std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t axis : shape) count *= axis;
  return count;
}

/// (2, 3, 17) of the flat position `flat` in `shape`.
inline Shape position(std::int64_t flat, const Shape& shape) {
  Shape index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = flat % shape[axis];
    flat /= shape[axis];
  }
  return index;
}

struct to_host_fn {
  template <Tensor X>
  HostArray operator()(const X& x) const {
    return ops_for<X>::to_host(x);
  }
};
/// A copy of the numbers on the host.
inline constexpr to_host_fn to_host{};

struct assign_fn {
  template <Tensor X>
  void operator()(X& x, const HostArray& numbers) const {
    ops_for<X>::assign(x, numbers);
  }
};
/// Overwrites `x` in place; its scalar type, device and shape stay. Throws if the shapes differ.
inline constexpr assign_fn assign{};

struct tensor_like_fn {
  template <Tensor X>
  auto operator()(const X& x, const HostArray& numbers) const {
    return ops_for<X>::tensor_like(x, numbers);
  }
};
/// A constant in the scalar type and on the device of `x`.
inline constexpr tensor_like_fn tensor_like{};

/// A tensor of rank 2, 1 or 3 filled with one number (LibTorch: single precision on the CPU; cast afterwards).
template <Tensor T>
matrix_of<T> make_matrix(std::int64_t rows, std::int64_t columns, double fill = 0) {
  return ops_for<T>::make_matrix(rows, columns, fill);
}
template <Tensor T>
vector_of<T> make_vector(std::int64_t length, double fill = 0) {
  return ops_for<T>::make_vector(length, fill);
}
template <Tensor T>
kernel_of<T> make_kernel(std::int64_t out, std::int64_t in, std::int64_t width) {
  return ops_for<T>::make_kernel(out, in, width);
}

/// The identity matrix (n, n).
template <Tensor T>
matrix_of<T> make_identity(std::int64_t n) {
  auto eye = make_matrix<T>(n, n);
  HostArray numbers{{n, n}, std::vector<double>(static_cast<std::size_t>(n * n), 0.0)};
  for (std::int64_t i = 0; i < n; ++i) numbers.values[static_cast<std::size_t>(i * (n + 1))] = 1.0;
  assign(eye, numbers);
  return eye;
}

}  // namespace mgan
