// The ablation's "standard aggregation" in place of the interaction (Table 4 of the MGAN paper).
//
//     S = (mean_k max_l C[k, l] + mean_l max_k C[k, l]) / 2,    C[k, l] = cos(p_k, t_l)
#pragma once

#include "mgan/alignment/row_ball.hpp"
#include "mgan/core/check.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

struct PlainAggregation {
  /// Patches (..., K, D) -> unit vectors.
  template <Tensor X>
  auto prepare_image(const X& patches) const {
    check_rows("PlainAggregation", "patches", patches);
    check_finite("PlainAggregation", "patches", patches);
    return normalize(patches);  // (..., K, D)
  }

  /// Words (..., L, D), masked if they are padded -> unit vectors.
  template <Tokens X>
  auto prepare_text(const X& words) const {
    check_rows("PlainAggregation", "words", words);
    check_finite("PlainAggregation", "words", words);
    return map_values(words, normalize);  // (..., L, D)
  }

  template <Tensor X, Tokens Y>
  auto score(const X& patches, const Y& words) const {
    check_same_kind("PlainAggregation", "patches and words", patches, values(words));
    const auto c = inner(patches, values(words));                  // (..., K, L)
    const auto over_patches = mean(max(c, mask(words)));           // (...)
    const auto over_words = mean(max(transpose(c)), mask(words));  // (...)
    return scale(add(over_patches, over_words), 0.5);              // (...)
  }

  /// Bounds of C, and so of its maxima and their means, from a ball around each side's rows.
  template <Tokens X>
  RowBall sketch_image(const X& patches) const {
    return row_ball(patches);
  }
  template <Tokens X>
  RowBall sketch_text(const X& words) const {
    return row_ball(words);
  }
  ScoreBounds score_bounds(const RowBall& patches, const RowBall& words) const {
    return product_bounds(patches, words);
  }

  template <Tensor X, Tokens Y>
  auto operator()(const X& patches, const Y& words) const {
    return score(prepare_image(patches), prepare_text(words));
  }
};

}  // namespace mgan
