// Over the last axis: unit vectors, softmax, LayerNorm, sums and maxima.
#pragma once

#include <algorithm>
#include <cmath>

#include "mgan/backend/eigen/elementwise.hpp"
#include "mgan/backend/eigen/traits.hpp"

namespace mgan {

struct eigen_reduction_ops : detail::eigen_names {
  template <class R, class X, class F>
  static Reduced<X, R> over_last(const Dense<X>& x, F f) {
    if constexpr (is_vector<X>) {
      return f(column(x));
    } else {
      EigenVector<R> y(x.rows());
      for (Index i = 0; i < x.rows(); ++i) y(i) = f(column(x.derived().row(i)));
      return y;
    }
  }
  template <class X, class F>
  static Owned<X> map_last(const Dense<X>& x, F f) {
    if constexpr (is_vector<X>) {
      return f(column(x));
    } else {
      EigenMatrix<S<X>> y(x.rows(), x.cols());
      for (Index i = 0; i < x.rows(); ++i) y.row(i) = f(column(x.derived().row(i))).transpose();
      return y;
    }
  }
  template <class X>
  static Owned<X> normalize(const Dense<X>& x) {
    return map_last(x, [](const auto& v) -> EigenVector<S<X>> { return v / std::max(v.norm(), S<X>(1e-12)); });
  }
  template <class X>
  static Owned<X> l2(const Dense<X>& x, double epsilon) {
    return map_last(x, [epsilon](const auto& v) -> EigenVector<S<X>> { return v / (v.norm() + S<X>(epsilon)); });
  }
  template <class X>
  static Owned<X> softmax(const Dense<X>& x, NoMask = {}) {
    return map_last(x, [](const auto& v) -> EigenVector<S<X>> {
      const EigenVector<S<X>> e = (v.array() - v.maxCoeff()).exp();
      return e / e.sum();
    });
  }
  template <class X, class W, class B>
  static Owned<X> layer_norm(const Dense<X>& x, const Dense<W>& weight, const Dense<B>& bias, double epsilon) {
    const auto unit = map_last(x, [epsilon](const auto& v) -> EigenVector<S<X>> {
      const EigenVector<S<X>> centred = v.array() - v.mean();
      return centred / std::sqrt(centred.squaredNorm() / S<X>(v.size()) + S<X>(epsilon));
    });
    return eigen_elementwise_ops::add(eigen_elementwise_ops::mul(unit, weight), bias);
  }
  template <class X>
  static Reduced<X> sum(const Dense<X>& x, NoMask = {}) {
    return over_last<S<X>>(x, [](const auto& v) { return v.sum(); });
  }
  template <class X>
  static Reduced<X> mean(const Dense<X>& x, NoMask = {}) {
    return over_last<S<X>>(x, [](const auto& v) { return v.mean(); });
  }
  template <class X>
  static Reduced<X> max(const Dense<X>& x, NoMask = {}) {
    return over_last<S<X>>(x, [](const auto& v) { return v.maxCoeff(); });
  }
  template <class X>
  static Reduced<X> log_sum_exp(const Dense<X>& x, NoMask = {}) {
    return over_last<S<X>>(x, [](const auto& v) {
      const S<X> most = v.maxCoeff();
      return most + std::log((v.array() - most).exp().sum());
    });
  }
  template <class X>
  static Reduced<X, std::int64_t> argmax(const Dense<X>& x, NoMask = {}) {
    return over_last<std::int64_t>(
        x, [](const auto& v) { return std::int64_t{std::max_element(v.begin(), v.end()) - v.begin()}; });
  }
};

}  // namespace mgan
