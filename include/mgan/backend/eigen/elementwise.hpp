// Arithmetic and activations.
#pragma once

#include <cmath>

#include "mgan/backend/eigen/traits.hpp"

namespace mgan {

struct eigen_elementwise_ops : detail::eigen_names {
  template <class A, class B, class F>
  static Owned<A> binary(const Dense<A>& a, const Dense<B>& any, F f) {
    const auto& b = like(a, any);
    if constexpr (!is_vector<A> && is_vector<B>) {
      const auto v = column(b);
      require(a.cols() == v.size(), "arithmetic on ", shape_of(a), " and a vector ", shape_of(b));
      return EigenMatrix<S<A>>(f(a.derived().array(), v.transpose().replicate(a.rows(), 1).array()).matrix());
    } else if constexpr (is_vector<A>) {
      require(a.size() == b.size(), "arithmetic on vectors ", shape_of(a), " and ", shape_of(b));
      return EigenVector<S<A>>(f(column(a).array(), column(b).array()).matrix());
    } else {
      require(a.rows() == b.rows() && a.cols() == b.cols(), "arithmetic on ", shape_of(a), " and ", shape_of(b));
      return EigenMatrix<S<A>>(f(a.derived().array(), b.derived().array()).matrix());
    }
  }
  template <class A, class B>
  static Owned<A> add(const Dense<A>& a, const Dense<B>& b) {
    return binary(a, b, [](const auto& x, const auto& y) { return (x + y).eval(); });
  }
  template <class A, class B>
  static Owned<A> sub(const Dense<A>& a, const Dense<B>& b) {
    return binary(a, b, [](const auto& x, const auto& y) { return (x - y).eval(); });
  }
  template <class A, class B>
  static Owned<A> mul(const Dense<A>& a, const Dense<B>& b) {
    return binary(a, b, [](const auto& x, const auto& y) { return (x * y).eval(); });
  }
  template <class A, class B>
  static Owned<A> div(const Dense<A>& a, const Dense<B>& b) {
    return binary(a, b, [](const auto& x, const auto& y) { return (x / y).eval(); });
  }
  template <class A, class F>
  static Owned<A> map(const Dense<A>& a, F f) {
    auto y = owned(a);
    for (Index j = 0; j < y.cols(); ++j)
      for (Index i = 0; i < y.rows(); ++i) y(i, j) = static_cast<S<A>>(f(y(i, j)));
    return y;
  }
  template <class A>
  static Owned<A> scale(const Dense<A>& a, double factor) {
    return map(a, [factor](auto v) { return v * S<A>(factor); });
  }
  template <class A, class B>
  static Owned<A> scale_by(const Dense<A>& a, const Dense<B>& factor) {
    require(factor.size() == 1, "scale_by: the factor is ", shape_of(factor), ", expected (1)");
    const auto number = static_cast<S<A>>(factor.derived().coeff(0, 0));
    return map(a, [number](auto v) { return v * number; });
  }
  template <class A>
  static Owned<A> shift(const Dense<A>& a, double offset) {
    return map(a, [offset](auto v) { return v + S<A>(offset); });
  }
  template <class A>
  static Owned<A> relu(const Dense<A>& a) {
    return map(a, [](auto v) { return v > 0 ? v : S<A>(0); });
  }
  template <class A>
  static Owned<A> gelu(const Dense<A>& a) {
    return map(a, [](auto v) { return v * S<A>(0.5) * std::erfc(-v * S<A>(0.70710678118654752440)); });
  }
  template <class A>
  static Owned<A> sigmoid(const Dense<A>& a) {
    return map(a, [](auto v) { return S<A>(1) / (S<A>(1) + std::exp(-v)); });
  }
  template <class A>
  static Owned<A> tanh(const Dense<A>& a) {
    return map(a, [](auto v) { return std::tanh(v); });
  }
  template <class A>
  static Owned<A> leaky_relu(const Dense<A>& a, double slope) {
    return map(a, [slope](auto v) { return v > 0 ? v : S<A>(slope) * v; });
  }
  template <class A>
  static Owned<A> exp(const Dense<A>& a) {
    return map(a, [](auto v) { return std::exp(v); });
  }
  template <class A>
  static Owned<A> at_least(const Dense<A>& a, double floor) {
    return map(a, [floor](auto v) { return std::max(v, S<A>(floor)); });
  }
  template <class A>
  static Owned<A> root(const Dense<A>& a, double floor) {
    return map(a, [floor](auto v) { return std::sqrt(std::max(v, S<A>(floor))); });
  }
  template <class A>
  static Owned<A> log(const Dense<A>& a) {
    return map(a, [](auto v) { return std::log(v); });
  }
  template <class A>
  static Owned<A> clip(const Dense<A>& a, double low, double high) {
    return map(a, [=](auto v) { return std::min(std::max(v, S<A>(low)), S<A>(high)); });
  }
  template <class A>
  static Owned<A> detach(const Dense<A>& a) {
    return owned(a);
  }
  template <class A, class B>
  static Owned<A> where_positive(const Dense<A>& a, const Dense<B>& condition) {
    return binary(a, condition, [](const auto& x, const auto& c) { return (c > 0).select(x, S<A>(0)).eval(); });
  }
};

}  // namespace mgan
