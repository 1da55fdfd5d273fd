// Matrices to numbers and back, and weights from sizes.
#pragma once

#include <string>
#include <vector>

#include "mgan/backend/eigen/traits.hpp"
#include "mgan/core/host.hpp"

namespace mgan {

struct eigen_host_ops : detail::eigen_names {
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
  template <class D>
  static const void* identity(const Dense<D>& x) {
    return x.derived().data();
  }
  template <class D, class B>
  static void move_towards(Dense<D>& x, const Dense<B>& batch, double momentum) {
    require(shape(x) == shape(batch), "move_towards: state is ", shape(x), ", the batch is ", shape(batch));
    x.derived() = S<D>(1 - momentum) * x.derived() + S<D>(momentum) * batch.derived();
  }
  template <class A, class B>
  static void check_same_kind(const char*, const char*, const A&, const B&) {
    detail::same_scalar<typename A::Scalar, typename B::Scalar>();
  }

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
  static filled_matrix make_matrix(Index rows, Index cols, double fill) { return {rows, cols, fill}; }
  static filled_vector make_vector(Index length, double fill) { return {length, fill}; }
  static zero_kernel make_kernel(Index out, Index in, Index width) { return {out, in, width}; }
  /// A matrix of numbers in the scalar type of `like`.
  template <class D>
  static EigenMatrix<S<D>> tensor_like(const Dense<D>&, const HostArray& numbers) {
    EigenMatrix<S<D>> x(numbers.shape.at(0), numbers.shape.at(1));
    assign(x, numbers);
    return x;
  }
};

}  // namespace mgan
