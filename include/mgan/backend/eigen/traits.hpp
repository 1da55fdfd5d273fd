// Eigen taught to mgan: a matrix (rows, columns) is one sample, a vector is rank 1, a number is rank 0.
#pragma once

#include <Eigen/Core>
#include <type_traits>

#include "mgan/core/tensor.hpp"

namespace mgan {

struct eigen_ops;

template <class S>
using EigenMatrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
template <class S>
using EigenVector = Eigen::Matrix<S, Eigen::Dynamic, 1>;

/// A convolution kernel (C_out, C_in, width), stored as a row-major matrix (C_out, C_in * width), width fastest.
template <class S>
struct EigenKernel {
  using Scalar = S;
  Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> weight;
  Eigen::Index width = 1;

  /// The weights of one offset: (C_out, C_in).
  EigenMatrix<S> tap(Eigen::Index offset) const {
    EigenMatrix<S> at(weight.rows(), weight.cols() / width);
    for (Eigen::Index channel = 0; channel < at.cols(); ++channel)
      at.col(channel) = weight.col(channel * width + offset);
    return at;
  }
};

namespace detail {
template <class B>
void as_dense(const Eigen::DenseBase<B>&);
}  // namespace detail

/// Every dense Eigen type: matrices and vectors of either storage order, maps, blocks, segments and expressions.
template <class D>
requires requires(const D& x) { detail::as_dense(x); }
struct tensor_traits<D> {
  using ops = eigen_ops;
  using scalar = typename D::Scalar;
  using matrix = std::conditional_t<D::IsVectorAtCompileTime, EigenMatrix<scalar>, typename D::PlainObject>;
  using vector = EigenVector<scalar>;
  using kernel = EigenKernel<scalar>;
};

template <class S>
struct tensor_traits<EigenKernel<S>> {
  using ops = eigen_ops;
};

namespace detail {

/// Short names that the groups of primitives share, and inputs as owned values.
struct eigen_names {
  using Index = Eigen::Index;
  template <class D>
  using S = typename D::Scalar;
  template <class D>
  using Dense = Eigen::DenseBase<D>;
  template <class D>
  static constexpr bool is_vector = D::IsVectorAtCompileTime;
  /// An owned matrix, or column, like D; what a reduction of the last axis leaves of D: numbers of type R.
  template <class D>
  using Owned = std::conditional_t<is_vector<D>, EigenVector<S<D>>, EigenMatrix<S<D>>>;
  template <class D, class R = S<D>>
  using Reduced = std::conditional_t<is_vector<D>, R, EigenVector<R>>;

  // A vector is also rows of one number to Eigen, and a matrix numbers without an order: what a primitive would make of
  // them is not what its shapes say.
  template <class D>
  static void takes_rows() {
    static_assert(!is_vector<D>, "mgan: this primitive takes an Eigen matrix (m, n), not a vector");
  }
  template <class D>
  static void takes_vector() {
    static_assert(is_vector<D>, "mgan: this primitive takes an Eigen vector (n), not a matrix");
  }

  /// y, which has the scalar type of x. A mixture is refused in words; the cast then keeps Eigen's own errors away.
  template <class X, class Y>
  static decltype(auto) like(const Dense<X>&, const Dense<Y>& y) {
    same_scalar<S<X>, S<Y>>();
    return y.derived().template cast<S<X>>();
  }
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
  static Owned<D> owned(const Dense<D>& x) {
    if constexpr (is_vector<D>) return column(x);
    else return matrix(x);
  }
  template <class D>
  static Shape shape_of(const Dense<D>& x) {
    if constexpr (is_vector<D>) return {x.size()};
    else return {x.rows(), x.cols()};
  }
};

}  // namespace detail
}  // namespace mgan
