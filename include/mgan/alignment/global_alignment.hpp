// The whole picture against the whole caption. Eq. (11) of the MGAN paper.
//
//     S_global = cos(p_cls, t_cls)
#pragma once

#include "mgan/core/check.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"

namespace mgan {

struct GlobalAlignment {
  /// p_cls (..., D) -> unit vectors.
  template <Tensor X>
  auto prepare_image(const X& image) const {
    check_finite("GlobalAlignment", "image", image);
    return normalize(image);  // (..., D)
  }

  /// t_cls (..., D) -> unit vectors.
  template <Tensor X>
  auto prepare_text(const X& text) const {
    check_finite("GlobalAlignment", "text", text);
    return normalize(text);  // (..., D)
  }

  template <Tensor X, Tensor Y>
  auto score(const X& image, const Y& text) const {
    require(axis(image, 1) == axis(text, 1), "GlobalAlignment: image is ", shape(image), ", text is ", shape(text));
    check_same_kind("GlobalAlignment", "image and text", image, text);
    return dot(image, text);  // (...)
  }

  template <Tensor X, Tensor Y>
  auto operator()(const X& image, const Y& text) const {
    return score(prepare_image(image), prepare_text(text));
  }
};

}  // namespace mgan
