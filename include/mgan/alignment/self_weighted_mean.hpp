// A mean of similarities that weighs each by itself: large ones count more, and nothing is learnt.
//
//     mean(x) = sum_i softmax_i(scale x / max(|x|, 1e-12)) x_i
//     S = mean over the regions f of (mean over the words of A[f, .]),    A[f, l] = cos(v_f, t_l)
//
// TS2-Net (Liu et al., ECCV 2022; yuqi657/ts2_net), scale 4, over the frames of a video. Cost a pair: 2 R L D.
#pragma once

#include "mgan/core/check.hpp"
#include "mgan/core/masked.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// On the last axis: x (..., n) -> (...).
template <Tensor X, class Mask = NoMask>
auto self_weighted_mean(const X& x, double scaling, const Mask& real = {}) {
  const auto clean = fill_padding(x, real, 0);                           // (..., n)
  const auto weights = softmax(scale(normalize(clean), scaling), real);  // (..., n)
  return sum(mul(weights, clean));                                       // (...)
}

struct SelfWeightedMean {
  double scaling = 4;

  /// Regions, patches or frames (..., R, D), masked if they are padded -> unit vectors.
  template <Tokens X>
  auto prepare_image(const X& image) const {
    check_positive("SelfWeightedMean", "scaling", scaling);
    check_rows("SelfWeightedMean", "image", image);
    check_finite("SelfWeightedMean", "image", image);
    return map_values(image, normalize);  // (..., R, D)
  }
  /// Words (..., L, D), masked if they are padded -> unit vectors.
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    check_rows("SelfWeightedMean", "words", words);
    check_finite("SelfWeightedMean", "words", words);
    return map_values(words, normalize);  // (..., L, D)
  }

  template <Tokens X, Tokens Y>
  auto score(const X& image, const Y& words) const {
    check_same_kind("SelfWeightedMean", "image and words", values(image), values(words));
    const auto a = inner(values(image), values(words));                                            // (..., R, L)
    return self_weighted_mean(self_weighted_mean(a, scaling, mask(words)), scaling, mask(image));  // (...)
  }

  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }
};

}  // namespace mgan
