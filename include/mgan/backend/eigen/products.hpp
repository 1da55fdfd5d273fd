// Products of rows, linear maps and convolutions.
#pragma once

#include <algorithm>
#include <cstdlib>

#include "mgan/backend/eigen/elementwise.hpp"
#include "mgan/backend/eigen/traits.hpp"

namespace mgan {

struct eigen_product_ops : detail::eigen_names {
  template <class X, class W>
  static Owned<X> linear(const Dense<X>& x, const Dense<W>& w) {
    takes_rows<W>();
    const std::int64_t in = shape_of(x).back();
    require(in == w.cols(), "linear: input is ", shape_of(x), ", weight is ", shape_of(w));
    if constexpr (is_vector<X>) return like(x, w) * column(x);
    else return x.derived() * like(x, w).transpose();
  }
  template <class X, class W, class B>
  static Owned<X> linear(const Dense<X>& x, const Dense<W>& w, const Dense<B>& b) {
    return eigen_elementwise_ops::add(linear(x, w), b);
  }
  template <class X, class W, class B>
  static EigenVector<S<X>> blockwise_linear(const Dense<X>& x, const Dense<W>& w, const Dense<B>& b) {
    takes_rows<X>();
    takes_vector<B>();
    require(x.rows() > 0 && x.cols() == w.cols() && w.rows() % x.rows() == 0 && b.size() == w.rows(),
            "blockwise_linear: input is ", shape_of(x), ", weight is ", shape_of(w), ", bias is ", shape_of(b));
    const Index out = w.rows() / x.rows();
    EigenVector<S<X>> y = column(like(x, b));
    for (Index block = 0; block < x.rows(); ++block)
      y.segment(block * out, out) += like(x, w).middleRows(block * out, out) * x.derived().row(block).transpose();
    return y;
  }
  template <class X, class Y>
  static EigenMatrix<S<X>> matmul(const Dense<X>& x, const Dense<Y>& y) {
    takes_rows<X>();
    takes_rows<Y>();
    require(x.cols() == y.rows(), "matmul: ", shape_of(x), " times ", shape_of(y));
    return x.derived() * like(x, y);
  }
  template <class X, class Y>
  static EigenMatrix<S<X>> inner(const Dense<X>& x, const Dense<Y>& y) {
    takes_rows<X>();
    takes_rows<Y>();
    require(x.cols() == y.cols(), "inner: rows of ", shape_of(x), " against rows of ", shape_of(y));
    return x.derived() * like(x, y).transpose();
  }
  template <class X, class Y>
  static Reduced<X> dot(const Dense<X>& x, const Dense<Y>& y) {
    takes_vector<Y>();
    require(shape_of(x).back() == y.size(), "dot: ", shape_of(x), " against ", shape_of(y));
    if constexpr (is_vector<X>) return column(x).dot(column(like(x, y)));
    else return x.derived() * column(like(x, y));
  }
  template <class X, class G>
  static EigenVector<S<X>> quadratic(const Dense<X>& x, const Dense<G>& gram) {
    takes_rows<X>();
    takes_rows<G>();
    require(x.cols() == gram.rows() && gram.rows() == gram.cols(), "quadratic: rows of ", shape_of(x), " and ",
            shape_of(gram));
    return (x.derived() * like(x, gram)).cwiseProduct(x.derived()).rowwise().sum();
  }
  template <class X, class T, class B>
  static EigenMatrix<S<X>> conv1d(const Dense<X>& x, const EigenKernel<T>& kernel, const Dense<B>& bias,
                                  Index dilation) {
    takes_rows<X>();
    takes_vector<B>();
    require(kernel.weight.cols() == x.cols() * kernel.width && bias.size() == kernel.weight.rows(), "conv1d: input is ",
            shape_of(x), ", kernel is (", kernel.weight.rows(), ", ", kernel.weight.cols() / kernel.width, ", ",
            kernel.width, "), bias is ", shape_of(bias));
    const Index half = (kernel.width - 1) / 2, rows = x.rows();
    EigenMatrix<S<X>> y = like(x, bias).transpose().replicate(rows, 1);  // (R, C_out)
    for (Index tap = 0; tap < kernel.width; ++tap) {
      const Index offset = (tap - half) * dilation;  // y[r] += W_tap x[r + offset]
      const Index begin = std::max<Index>(0, -offset), count = rows - std::abs(offset);
      if (count <= 0) continue;
      y.middleRows(begin, count) +=
          x.derived().middleRows(begin + offset, count) * like(x, kernel.tap(tap)).transpose();
    }
    return y;
  }
  template <class W>
  static EigenMatrix<S<W>> leading_block(const Dense<W>& w, Index n) {
    takes_rows<W>();
    require(n >= 0 && n <= w.rows() && n <= w.cols(), "leading_block: ", n, " of ", shape_of(w));
    return w.derived().topLeftCorner(n, n);
  }
};

}  // namespace mgan
