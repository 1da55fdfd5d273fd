// Choosing and arranging rows; perturbed top-K.
#pragma once

#include <algorithm>
#include <functional>
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
  static Owned<X> columns(const Dense<X>& x, Index begin, Index count) {
    require(begin >= 0 && count >= 0 && begin + count <= shape_of(x).back(), "columns: ", count, " from ", begin,
            " of ", shape_of(x));
    if constexpr (is_vector<X>) return column(x).segment(begin, count);
    else return x.derived().middleCols(begin, count);
  }
  template <class X>
  static std::vector<Owned<X>> split_columns(const Dense<X>& x, Index parts) {
    const Index width = is_vector<X> ? x.size() : x.cols();
    require(parts > 0 && width % parts == 0, "split_columns: ", shape_of(x), " in ", parts, " parts");
    std::vector<Owned<X>> all;
    const Index part = width / parts;
    for (Index p = 0; p < parts; ++p) {
      if constexpr (is_vector<X>) all.push_back(column(x).segment(p * part, part));
      else all.push_back(x.derived().middleCols(p * part, part));
    }
    return all;
  }
  template <class X>
  static Owned<X> concat(const std::vector<X>& parts) {
    Index width = 0, begin = 0;
    if constexpr (is_vector<X>) {
      for (const X& part : parts) width += part.size();
      EigenVector<S<X>> y(width);
      for (const X& part : parts) {
        y.segment(begin, part.size()) = column(part);
        begin += part.size();
      }
      return y;
    } else {
      for (const X& part : parts) {
        require(part.rows() == parts.front().rows(), "concat: ", shape_of(parts.front()), " and ", shape_of(part));
        width += part.cols();
      }
      EigenMatrix<S<X>> y(parts.front().rows(), width);
      for (const X& part : parts) {
        y.middleCols(begin, part.cols()) = part;
        begin += part.cols();
      }
      return y;
    }
  }
  template <class X>
  static EigenMatrix<S<X>> concat_rows(const std::vector<X>& parts) {
    takes_rows<X>();
    Index rows = 0, begin = 0;
    for (const X& part : parts) {
      require(part.cols() == parts.front().cols(), "concat_rows: ", shape_of(parts.front()), " and ", shape_of(part));
      rows += part.rows();
    }
    EigenMatrix<S<X>> y(rows, parts.front().cols());
    for (const X& part : parts) {
      y.middleRows(begin, part.rows()) = part;
      begin += part.rows();
    }
    return y;
  }
  template <class X>
  static EigenMatrix<S<X>> flatten_rows(const Dense<X>& x) {
    takes_rows<X>();
    return x.derived();
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
  template <class X, class V>
  static Owned<X> multiply_rows(const Dense<X>& x, const Dense<V>& v) {
    return eigen_elementwise_ops::mul(x, v);
  }
  template <class X, class V>
  static EigenMatrix<S<X>> scale_rows(const Dense<X>& x, const Dense<V>& factors) {
    takes_rows<X>();
    takes_vector<V>();
    require(x.rows() == factors.size(), "scale_rows: rows of ", shape_of(x), ", numbers ", shape_of(factors));
    return column(like(x, factors)).asDiagonal() * x.derived().matrix();
  }
  template <class X>
  static EigenMatrix<S<X>> sort_rows(const Dense<X>& x, NoMask = {}) {
    takes_rows<X>();
    EigenMatrix<S<X>> y = x.derived();
    for (Index j = 0; j < y.cols(); ++j) std::sort(y.col(j).data(), y.col(j).data() + y.rows(), std::greater<>());
    return y;
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
  /// (M) -> (M - k), (m, M) -> (m, M - k)
  template <class X>
  static auto rest_of_top_k(const Dense<X>& scores, Index k) {
    const EigenMatrix<std::int64_t> chosen = matrix(top_k(scores, k));
    if constexpr (is_vector<X>) {
      return others(EigenVector<std::int64_t>(chosen.reshaped()), scores.size());
    } else {
      EigenMatrix<std::int64_t> rest(scores.rows(), scores.cols() - k);
      for (Index r = 0; r < scores.rows(); ++r)
        rest.row(r) = others(EigenVector<std::int64_t>(chosen.row(r).transpose()), scores.cols()).transpose();
      return rest;
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
  static Owned<X> fill_columns(const Dense<X>& x, const EigenVector<std::int64_t>& indices, double value) {
    auto y = owned(x);
    const Index width = is_vector<X> ? y.size() : y.cols();
    for (const std::int64_t j : indices) {
      if (j < 0 || j >= width) fail("fill_columns: column ", j, " of ", shape_of(x));
      if constexpr (is_vector<X>) y(j) = static_cast<S<X>>(value);
      else y.col(j).setConstant(static_cast<S<X>>(value));
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
  template <class X, class Generator>
  static Owned<X> dropout(const Dense<X>& x, double rate, Generator& generator) {
    static_assert(Generator::max() == ~std::uint64_t{0},
                  "mgan: a 64-bit generator is needed, for example std::mt19937_64");
    return eigen_elementwise_ops::map(x, [&](auto v) {
      const bool kept = static_cast<double>(generator() >> 11) * 0x1.0p-53 >= rate;
      return kept ? v / S<X>(1 - rate) : S<X>(0);
    });
  }

 private:
  /// The numbers of 0 .. n - 1 that are not among `chosen`, which ascend.
  static EigenVector<std::int64_t> others(const EigenVector<std::int64_t>& chosen, Index n) {
    EigenVector<std::int64_t> rest(n - chosen.size());
    for (Index i = 0, next = 0, place = 0; i < n; ++i) {
      if (next < chosen.size() && chosen(next) == i) ++next;
      else rest(place++) = i;
    }
    return rest;
  }
};

}  // namespace mgan
