// Every word finds its best region, under a metric that is learned.
//
//     S = 1/L sum_l max_r cos(W v_r, t_l)
#pragma once

#include "mgan/core/check.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"

namespace lab {

template <mgan::Tensor T>
struct MetricMatch {
  mgan::matrix_of<T> weight;  // W: (D, D)

  static MetricMatch create(std::int64_t width) { return {mgan::make_identity<T>(width)}; }

  /// Regions (..., R, D) -> W v, unit vectors.
  template <mgan::Tensor X>
  auto prepare_image(const X& regions) const {
    mgan::check_rows("MetricMatch", "regions", regions, mgan::axis(weight, 1));
    return mgan::normalize(mgan::linear(regions, weight));  // (..., R, D)
  }
  /// Words (..., L, D), masked if they are padded -> unit vectors.
  template <mgan::Tokens X>
  auto prepare_text(const X& words) const {
    mgan::check_rows("MetricMatch", "words", words, mgan::axis(weight, 1));
    return mgan::map_values(words, mgan::normalize);  // (..., L, D)
  }
  template <mgan::Tensor X, mgan::Tokens Y>
  auto score(const X& regions, const Y& words) const {
    const auto c = mgan::inner(mgan::values(words), regions);  // (..., L, R)
    return mgan::mean(mgan::max(c), mgan::mask(words));        // (...)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
  }
};

}  // namespace lab
