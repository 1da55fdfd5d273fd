// What mgan asks of a tensor library, and nothing more.
//
// A tensor type is taught by one specialisation of `tensor_traits`, which names
//     ops      a struct of static functions, the primitives (core/primitives.hpp lists them)
//     matrix   the type of a weight of rank 2;  vector: of rank 1;  kernel: of rank 3 (C_out, C_in, width)
// Every primitive works on the trailing axes and leaves leading axes alone, so that one body serves a pair (an Eigen
// matrix) and a batch (an at::Tensor with leading axes). Only the primitives that a functor calls have to exist.
// docs/extending.md teaches a type of 30 lines.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "mgan/core/error.hpp"

namespace mgan {

template <class T>
struct tensor_traits {};

/// What is called like a function, `softmax(x)`, is a constant of function type. g++ takes every local variable and
/// enumerator of that name for a shadow of it (-Wshadow), but not of one in an inline namespace.
inline namespace functions {}

/// Opt-in: a type is a tensor when its tensor_traits say so. Nothing is probed.
template <class T>
concept Tensor = requires {
  typename tensor_traits<std::remove_cvref_t<T>>::ops;
};

template <class T>
using ops_for = typename tensor_traits<std::remove_cvref_t<T>>::ops;

template <Tensor T>
using matrix_of = typename tensor_traits<T>::matrix;
template <Tensor T>
using vector_of = typename tensor_traits<T>::vector;
template <Tensor T>
using kernel_of = typename tensor_traits<T>::kernel;

/// The tensor libraries that mgan/testing.hpp compares others with, by preference; a backend enters itself at a place.
/// `ops` are its primitives, which also give it a `name` and a type `tensor` that checks compute on.
template <int place>
struct library_for_checks {};

namespace detail {
/// tensor_traits<T>::scalar where a library knows it at compile time, else void.
template <class T>
struct scalar {
  using type = void;
};
template <class T>
requires requires { typename tensor_traits<T>::scalar; }
struct scalar<T> {
  using type = typename tensor_traits<T>::scalar;
};
template <class T>
using scalar_of = typename scalar<std::remove_cvref_t<T>>::type;

/// Called first by operations of two tensors, so that a mixture is refused near the line that made it.
template <class A, class B>
constexpr void same_scalar() {
  static_assert(std::is_same_v<A, B> || std::is_void_v<A> || std::is_void_v<B>,
                "mgan: float and double are mixed; cast one side, for example x.cast<double>()");
}
}  // namespace detail

/// "Every position is real": the mask of a tensor that has no padding.
struct NoMask {};

/// Rank 0: what remains of an Eigen vector after a sum. The arithmetic that a score needs, for any backend.
struct scalar_ops {
  template <std::floating_point S>
  static S add(S a, S b) {
    return a + b;
  }
  template <std::floating_point S>
  static S sub(S a, S b) {
    return a - b;
  }
  template <std::floating_point S>
  static S mul(S a, S b) {
    return a * b;
  }
  template <std::floating_point S>
  static S scale(S a, double factor) {
    return static_cast<S>(static_cast<double>(a) * factor);
  }
  template <std::floating_point S>
  static S shift(S a, double offset) {
    return static_cast<S>(static_cast<double>(a) + offset);
  }
  template <std::floating_point S>
  static Shape shape(S) {
    return {};
  }
};

template <std::floating_point S>
struct tensor_traits<S> {
  using ops = scalar_ops;
};

}  // namespace mgan
