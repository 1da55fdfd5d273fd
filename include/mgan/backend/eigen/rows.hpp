// Choosing and arranging rows; perturbed top-K.
#pragma once

#include <type_traits>
#include <vector>

#include "mgan/backend/eigen/elementwise.hpp"
#include "mgan/backend/eigen/perturbed_top_k.hpp"
#include "mgan/backend/eigen/traits.hpp"

namespace mgan {

struct eigen_row_ops : detail::eigen_names {
  template <class X>
  static EigenMatrix<S<X>> transpose(const Dense<X>& x) {
    takes_rows<X>();
    return x.derived().transpose();
  }
  template <class X>
  static Reduced<X> row(const Dense<X>& x, Index index) {
    require(index >= 0 && index < (is_vector<X> ? x.size() : x.rows()), "row: ", index, " of ", shape_of(x));
    if constexpr (is_vector<X>) return x.derived()(index);
    else return x.derived().row(index).transpose();
  }
  template <class X>
  static EigenMatrix<S<X>> drop_rows(const Dense<X>& x, Index count) {
    takes_rows<X>();
    require(count >= 0 && count <= x.rows(), "drop_rows: ", count, " of ", shape_of(x));
    return x.derived().bottomRows(x.rows() - count);
  }
  template <class X>
  static EigenMatrix<S<X>> columns(const Dense<X>& x, Index begin, Index count) {
    takes_rows<X>();
    require(begin >= 0 && count >= 0 && begin + count <= x.cols(), "columns: ", count, " from ", begin, " of ",
            shape_of(x));
    return x.derived().middleCols(begin, count);
  }
  template <class X>
  static std::vector<EigenMatrix<S<X>>> split_columns(const Dense<X>& x, Index parts) {
    takes_rows<X>();
    require(parts > 0 && x.cols() % parts == 0, "split_columns: ", shape_of(x), " in ", parts, " parts");
    std::vector<EigenMatrix<S<X>>> all;
    const Index width = x.cols() / parts;
    for (Index p = 0; p < parts; ++p) all.push_back(x.derived().middleCols(p * width, width));
    return all;
  }
  template <class X>
  static EigenMatrix<S<X>> concat(const std::vector<X>& parts) {
    takes_rows<X>();
    Index width = 0;
    for (const X& part : parts) {
      require(part.rows() == parts.front().rows(), "concat: ", shape_of(parts.front()), " and ", shape_of(part));
      width += part.cols();
    }
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
    takes_vector<X>();
    EigenMatrix<S<X>> y(parts.front().size(), static_cast<Index>(parts.size()));
    for (std::size_t c = 0; c < parts.size(); ++c) {
      require(parts[c].size() == y.rows(), "stack_columns: ", shape_of(parts.front()), " and ", shape_of(parts[c]));
      y.col(static_cast<Index>(c)) = column(parts[c]);
    }
    return y;
  }
  template <class X, class V>
  static Owned<X> add_to_rows(const Dense<X>& x, const Dense<V>& v) {
    return eigen_elementwise_ops::add(x, v);
  }
  template <class X, class V>
  static Owned<X> divide_rows(const Dense<X>& x, const Dense<V>& v) {
    return eigen_elementwise_ops::div(x, v);
  }
  template <class X>
  static Owned<X> fill_padding(const Dense<X>& x, NoMask, double) {
    return owned(x);
  }
  template <class X>
  static Owned<X> mask_rows(const Dense<X>& x, NoMask) {
    return owned(x);
  }
  /// (M) -> (k), (m, M) -> (m, k)
  template <class X>
  static std::conditional_t<is_vector<X>, EigenVector<std::int64_t>, EigenMatrix<std::int64_t>> top_k(
      const Dense<X>& scores, Index k) {
    if constexpr (is_vector<X>) {
      return largest(column(scores), k);
    } else {
      EigenMatrix<std::int64_t> indices(scores.rows(), k);
      for (Index r = 0; r < scores.rows(); ++r)
        indices.row(r) = largest<S<X>>(EigenVector<S<X>>(scores.derived().row(r).transpose()), k).transpose();
      return indices;
    }
  }
  template <class X>
  static EigenMatrix<S<X>> gather_rows(const Dense<X>& x, const EigenVector<std::int64_t>& indices) {
    takes_rows<X>();
    EigenMatrix<S<X>> y(indices.size(), x.cols());
    for (Index k = 0; k < indices.size(); ++k) {
      if (indices(k) < 0 || indices(k) >= x.rows()) fail("gather_rows: row ", indices(k), " of ", shape_of(x));
      y.row(k) = x.derived().row(indices(k));
    }
    return y;
  }
  template <class X>
  static EigenVector<S<X>> diagonal(const Dense<X>& x) {
    takes_rows<X>();
    return x.derived().diagonal();
  }

  template <class X, class Generator>
  static EigenMatrix<S<X>> gaussian(const Dense<X>& scores, Index draws, Generator& generator) {
    takes_vector<X>();
    return standard_normal<S<X>>(draws, scores.size(), generator);
  }
  /// The value alone: Eigen carries no gradients, so the estimator plays no part.
  template <class X, class Z>
  static EigenMatrix<S<X>> perturbed_top_k(const Dense<X>& scores, const Dense<Z>& noise, Index k, double sigma, bool) {
    takes_vector<X>();
    return mean_indicator(column(scores), matrix(noise), k, static_cast<S<X>>(sigma));
  }
};

}  // namespace mgan
