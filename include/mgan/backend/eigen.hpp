// The Eigen backend: reference checks on the CPU, float and double, one sample at a time. A batch is a std::vector.
// Every primitive returns an owned matrix, vector or number; expressions are accepted as inputs.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "mgan/backend/eigen/perturbed_top_k.hpp"
#include "mgan/backend/eigen/traits.hpp"
#include "mgan/core/host.hpp"

namespace mgan {

struct eigen_ops {
  template <class D>
  using S = typename D::Scalar;
  template <class D>
  static constexpr bool is_vector = D::IsVectorAtCompileTime;
  using Index = Eigen::Index;
  template <class D>
  using Dense = Eigen::DenseBase<D>;

  /// (n) as a column, whatever way the vector lies.
  template <class D>
  static EigenVector<S<D>> column(const Dense<D>& x) {
    if constexpr (D::ColsAtCompileTime == 1) return x.derived().matrix();
    else return x.derived().matrix().transpose();
  }
  template <class D>
  static EigenMatrix<S<D>> matrix(const Dense<D>& x) {
    return x.derived().matrix();
  }
  /// The input as an owned matrix or column.
  template <class D>
  static auto owned(const Dense<D>& x) {
    if constexpr (is_vector<D>) return column(x);
    else return matrix(x);
  }

  // --- inspection -----------------------------------------------------------------------------------------------
  template <class D>
  static Shape shape(const Dense<D>& x) {
    if constexpr (is_vector<D>) return {x.size()};
    else return {x.rows(), x.cols()};
  }
  template <class T>
  static Shape shape(const EigenKernel<T>& k) {
    return {k.weight.rows(), k.weight.cols() / k.width, k.width};
  }
  template <class T>
  static constexpr const char* dtype() {
    return std::is_same_v<T, double> ? "F64" : std::is_same_v<T, float> ? "F32" : "I64";
  }
  template <class D>
  static HostArray to_host(const Dense<D>& x) {
    HostArray host{shape(x), {}, dtype<S<D>>()};
    const auto m = owned(x);
    host.values.reserve(static_cast<std::size_t>(m.size()));
    for (Index i = 0; i < m.rows(); ++i)
      for (Index j = 0; j < m.cols(); ++j) host.values.push_back(static_cast<double>(m(i, j)));
    return host;
  }
  template <class T>
  static HostArray to_host(const EigenKernel<T>& k) {
    HostArray host = to_host(k.weight);
    host.shape = shape(k);
    return host;
  }
  template <class D>
  static void assign(Dense<D>& x, const HostArray& host) {
    require(host.shape == shape(x), "assign: numbers are ", host.shape, ", the weight is ", shape(x));
    auto number = host.values.begin();
    for (Index i = 0; i < x.rows(); ++i)
      for (Index j = 0; j < x.cols(); ++j) x.derived()(i, j) = static_cast<S<D>>(*number++);
  }
  template <class T>
  static void assign(EigenKernel<T>& k, HostArray host) {
    require(host.shape == shape(k), "assign: numbers are ", host.shape, ", the weight is ", shape(k));
    host.shape = {k.weight.rows(), k.weight.cols()};
    assign(k.weight, host);
  }
  template <class D>
  static bool all_finite(const Dense<D>& x) {
    return x.derived().matrix().allFinite();
  }
  template <class A, class B>
  static void check_same_kind(const char*, const char*, const A&, const B&) {
    detail::same_scalar<A, B>();
  }

  // --- creation -------------------------------------------------------------------------------------------------
  struct filled_matrix {
    Index rows, columns;
    double fill;
    template <class D>
    operator D() const {
      return D::Constant(rows, columns, static_cast<typename D::Scalar>(fill));
    }
  };
  struct filled_vector {
    Index length;
    double fill;
    template <class D>
    operator D() const {
      return D::Constant(length, static_cast<typename D::Scalar>(fill));
    }
  };
  struct zero_kernel {
    Index out, in, width;
    template <class T>
    operator EigenKernel<T>() const {
      EigenKernel<T> kernel;
      kernel.weight.setZero(out, in * width);
      kernel.width = width;
      return kernel;
    }
  };
  static filled_matrix make_matrix(Index rows, Index columns, double fill) { return {rows, columns, fill}; }
  static filled_vector make_vector(Index length, double fill) { return {length, fill}; }
  static zero_kernel make_kernel(Index out, Index in, Index width) { return {out, in, width}; }
  /// A matrix of numbers in the scalar type of `like`.
  template <class D>
  static EigenMatrix<S<D>> tensor_like(const Dense<D>&, const HostArray& numbers) {
    EigenMatrix<S<D>> x(numbers.shape.at(0), numbers.shape.at(1));
    assign(x, numbers);
    return x;
  }

  // --- element by element ---------------------------------------------------------------------------------------
  template <class A, class B, class F>
  static auto binary(const Dense<A>& a, const Dense<B>& b, F f) {
    detail::same_scalar<A, B>();
    if constexpr (!is_vector<A> && is_vector<B>) {
      const auto v = column(b);
      require(a.cols() == v.size(), "arithmetic on ", shape(a), " and a vector ", shape(b));
      return EigenMatrix<S<A>>(f(a.derived().array(), v.transpose().replicate(a.rows(), 1).array()).matrix());
    } else if constexpr (is_vector<A>) {
      require(a.size() == b.size(), "arithmetic on vectors ", shape(a), " and ", shape(b));
      return EigenVector<S<A>>(f(column(a).array(), column(b).array()).matrix());
    } else {
      require(a.rows() == b.rows() && a.cols() == b.cols(), "arithmetic on ", shape(a), " and ", shape(b));
      return EigenMatrix<S<A>>(f(a.derived().array(), b.derived().array()).matrix());
    }
  }
  template <class A, class B>
  static auto add(const Dense<A>& a, const Dense<B>& b) {
    return binary(a, b, [](const auto& x, const auto& y) { return (x + y).eval(); });
  }
  template <class A, class B>
  static auto sub(const Dense<A>& a, const Dense<B>& b) {
    return binary(a, b, [](const auto& x, const auto& y) { return (x - y).eval(); });
  }
  template <class A, class B>
  static auto mul(const Dense<A>& a, const Dense<B>& b) {
    return binary(a, b, [](const auto& x, const auto& y) { return (x * y).eval(); });
  }
  template <class A, class B>
  static auto div(const Dense<A>& a, const Dense<B>& b) {
    return binary(a, b, [](const auto& x, const auto& y) { return (x / y).eval(); });
  }
  template <class A, class F>
  static auto map(const Dense<A>& a, F f) {
    auto y = owned(a);
    for (Index j = 0; j < y.cols(); ++j)
      for (Index i = 0; i < y.rows(); ++i) y(i, j) = static_cast<S<A>>(f(y(i, j)));
    return y;
  }
  template <class A>
  static auto scale(const Dense<A>& a, double factor) {
    return map(a, [factor](auto v) { return v * S<A>(factor); });
  }
  template <class A>
  static auto shift(const Dense<A>& a, double offset) {
    return map(a, [offset](auto v) { return v + S<A>(offset); });
  }
  template <class A>
  static auto relu(const Dense<A>& a) {
    return map(a, [](auto v) { return v > 0 ? v : S<A>(0); });
  }
  template <class A>
  static auto gelu(const Dense<A>& a) {
    return map(a, [](auto v) { return v * S<A>(0.5) * std::erfc(-v * S<A>(0.70710678118654752440)); });
  }
  template <class A>
  static auto sigmoid(const Dense<A>& a) {
    return map(a, [](auto v) { return S<A>(1) / (S<A>(1) + std::exp(-v)); });
  }
  template <class A>
  static auto tanh(const Dense<A>& a) {
    return map(a, [](auto v) { return std::tanh(v); });
  }

  // --- products -------------------------------------------------------------------------------------------------
  template <class X, class W>
  static auto linear(const Dense<X>& x, const Dense<W>& w) {
    detail::same_scalar<X, W>();
    const std::int64_t in = shape(x).back();
    require(in == w.cols(), "linear: input is ", shape(x), ", weight is ", shape(w));
    if constexpr (is_vector<X>) return EigenVector<S<X>>(w.derived() * column(x));
    else return EigenMatrix<S<X>>(x.derived() * w.derived().transpose());
  }
  template <class X, class W, class B>
  static auto linear(const Dense<X>& x, const Dense<W>& w, const Dense<B>& b) {
    return add(linear(x, w), b);
  }
  template <class X, class Y>
  static EigenMatrix<S<X>> matmul(const Dense<X>& x, const Dense<Y>& y) {
    detail::same_scalar<X, Y>();
    require(x.cols() == y.rows(), "matmul: ", shape(x), " times ", shape(y));
    return x.derived() * y.derived();
  }
  template <class X, class Y>
  static EigenMatrix<S<X>> inner(const Dense<X>& x, const Dense<Y>& y) {
    detail::same_scalar<X, Y>();
    require(x.cols() == y.cols(), "inner: rows of ", shape(x), " against rows of ", shape(y));
    return x.derived() * y.derived().transpose();
  }
  template <class X, class Y>
  static auto dot(const Dense<X>& x, const Dense<Y>& y) {
    detail::same_scalar<X, Y>();
    require(shape(x).back() == y.size(), "dot: ", shape(x), " against ", shape(y));
    if constexpr (is_vector<X>) return column(x).dot(column(y));
    else return EigenVector<S<X>>(x.derived() * column(y));
  }
  template <class X, class T, class B>
  static EigenMatrix<S<X>> conv1d(const Dense<X>& x, const EigenKernel<T>& kernel, const Dense<B>& bias,
                                  Index dilation) {
    detail::same_scalar<X, B>();
    const Index half = (kernel.width - 1) / 2, rows = x.rows();
    EigenMatrix<S<X>> y = bias.derived().transpose().replicate(rows, 1);  // (R, C_out)
    for (Index tap = 0; tap < kernel.width; ++tap) {
      const Index offset = (tap - half) * dilation;  // y[r] += W_tap x[r + offset]
      const Index begin = std::max<Index>(0, -offset), count = rows - std::abs(offset);
      if (count <= 0) continue;
      y.middleRows(begin, count) += x.derived().middleRows(begin + offset, count) * kernel.tap(tap).transpose();
    }
    return y;
  }
  template <class W>
  static EigenMatrix<S<W>> leading_block(const Dense<W>& w, Index n) {
    return w.derived().topLeftCorner(n, n);
  }

  // --- over the last axis ---------------------------------------------------------------------------------------
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
    return add(mul(unit, weight), bias);
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
  static auto argmax(const Dense<X>& x, NoMask = {}) {
    return over_last(x, [](const auto& v) { return std::int64_t{std::max_element(v.begin(), v.end()) - v.begin()}; });
  }

  // --- rows and columns -----------------------------------------------------------------------------------------
  template <class X>
  static EigenMatrix<S<X>> transpose(const Dense<X>& x) {
    return x.derived().transpose();
  }
  template <class X>
  static auto row(const Dense<X>& x, Index index) {
    if constexpr (is_vector<X>) return S<X>(x.derived()(index));
    else return EigenVector<S<X>>(x.derived().row(index).transpose());
  }
  template <class X>
  static EigenMatrix<S<X>> drop_rows(const Dense<X>& x, Index count) {
    return x.derived().bottomRows(x.rows() - count);
  }
  template <class X>
  static EigenMatrix<S<X>> columns(const Dense<X>& x, Index begin, Index count) {
    return x.derived().middleCols(begin, count);
  }
  template <class X>
  static EigenMatrix<S<X>> concat(const std::vector<X>& parts) {
    Index width = 0;
    for (const X& part : parts) width += part.cols();
    EigenMatrix<S<X>> y(parts.front().rows(), width);
    Index begin = 0;
    for (const X& part : parts) {
      y.middleCols(begin, part.cols()) = part;
      begin += part.cols();
    }
    return y;
  }
  template <class X>
  static EigenMatrix<S<X>> stack_columns(const std::vector<X>& parts) {
    EigenMatrix<S<X>> y(parts.front().size(), static_cast<Index>(parts.size()));
    for (std::size_t c = 0; c < parts.size(); ++c) y.col(static_cast<Index>(c)) = column(parts[c]);
    return y;
  }
  template <class X, class V>
  static auto add_to_rows(const Dense<X>& x, const Dense<V>& v) {
    return add(x, v);
  }
  template <class X>
  static auto mask_rows(const Dense<X>& x, NoMask) {
    return owned(x);
  }
  template <class X>
  static EigenVector<std::int64_t> top_k(const Dense<X>& scores, Index k) {
    return largest(column(scores), k);
  }
  template <class X>
  static EigenMatrix<S<X>> gather_rows(const Dense<X>& x, const EigenVector<std::int64_t>& indices) {
    return x.derived()(indices, Eigen::all);
  }
  template <class X>
  static EigenVector<S<X>> diagonal(const Dense<X>& x) {
    return x.derived().diagonal();
  }

  // --- perturbed top-K ------------------------------------------------------------------------------------------
  template <class X, class Generator>
  static EigenMatrix<S<X>> gaussian(const Dense<X>& scores, Index draws, Generator& generator) {
    return standard_normal<S<X>>(draws, scores.size(), generator);
  }
  /// The value alone: Eigen carries no gradients, so the estimator plays no part.
  template <class X, class Z>
  static EigenMatrix<S<X>> perturbed_top_k(const Dense<X>& scores, const Dense<Z>& noise, Index k, double sigma, bool) {
    return mean_indicator(column(scores), matrix(noise), k, static_cast<S<X>>(sigma));
  }
};

/// Eigen has no ragged batches: a sample of n rows is a matrix of n rows.
template <class S>
using EigenBatch = std::vector<EigenMatrix<S>>;

}  // namespace mgan
