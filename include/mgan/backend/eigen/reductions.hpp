// Over the last axis: unit vectors, softmax, LayerNorm, sums and maxima.
#pragma once

#include <algorithm>
#include <cmath>

#include "mgan/backend/eigen/elementwise.hpp"
#include "mgan/backend/eigen/traits.hpp"

namespace mgan {

struct eigen_reduction_ops : detail::eigen_names {
  template <class X, class F>
  static auto over_last(const Dense<X>& x, F f) {
    if constexpr (is_vector<X>) {
      return f(column(x));
    } else {
      using R = decltype(f(column(x.derived().row(0))));
      Eigen::Matrix<R, Eigen::Dynamic, 1> y(x.rows());
      for (Index i = 0; i < x.rows(); ++i) y(i) = f(column(x.derived().row(i)));
      return y;
    }
  }
  template <class X, class F>
  static auto map_last(const Dense<X>& x, F f) {
    if constexpr (is_vector<X>) {
      return EigenVector<S<X>>(f(column(x)));
    } else {
      EigenMatrix<S<X>> y(x.rows(), x.cols());
      for (Index i = 0; i < x.rows(); ++i) y.row(i) = f(column(x.derived().row(i))).transpose();
      return y;
    }
  }
  template <class X>
  static auto normalize(const Dense<X>& x) {
    return map_last(x, [](const auto& v) -> EigenVector<S<X>> { return v / std::max(v.norm(), S<X>(1e-12)); });
  }
  template <class X>
  static auto softmax(const Dense<X>& x, NoMask = {}) {
    return map_last(x, [](const auto& v) -> EigenVector<S<X>> {
      const EigenVector<S<X>> e = (v.array() - v.maxCoeff()).exp();
      return e / e.sum();
    });
  }
  template <class X, class W, class B>
  static auto layer_norm(const Dense<X>& x, const Dense<W>& weight, const Dense<B>& bias, double epsilon) {
    const auto unit = map_last(x, [epsilon](const auto& v) -> EigenVector<S<X>> {
      const EigenVector<S<X>> centred = v.array() - v.mean();
      return centred / std::sqrt(centred.squaredNorm() / S<X>(v.size()) + S<X>(epsilon));
    });
    return eigen_elementwise_ops::add(eigen_elementwise_ops::mul(unit, weight), bias);
  }
  template <class X>
  static auto sum(const Dense<X>& x, NoMask = {}) {
    return over_last(x, [](const auto& v) { return v.sum(); });
  }
  template <class X>
  static auto mean(const Dense<X>& x, NoMask = {}) {
    return over_last(x, [](const auto& v) { return v.mean(); });
  }
  template <class X>
  static auto max(const Dense<X>& x, NoMask = {}) {
    return over_last(x, [](const auto& v) { return v.maxCoeff(); });
  }
  template <class X>
  static auto log_sum_exp(const Dense<X>& x, NoMask = {}) {
    return over_last(x, [](const auto& v) {
      const S<X> most = v.maxCoeff();
      return most + std::log((v.array() - most).exp().sum());
    });
  }
  template <class X>
  static auto argmax(const Dense<X>& x, NoMask = {}) {
    return over_last(x, [](const auto& v) { return std::int64_t{std::max_element(v.begin(), v.end()) - v.begin()}; });
  }
};

}  // namespace mgan
