// The best pair of views of an image and of a caption.
//
//     S = max over (v, u) of cos(E_v, F_u)
//
// U = 1 is CAMERA (Qu et al., ACM MM 2020; LgQu/CAMERA), V = U = K is PVSE (Song and Soleymani, CVPR 2019;
// yalesong/pvse). The gradient goes to the winning pair alone. Published code differs in the place of the unit length
// (CAMERA: x / max(|x|, 1e-12), as here; PVSE: no guard). Cost a pair: 2 V U D.
#pragma once

#include "mgan/core/check.hpp"
#include "mgan/core/masked.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"

namespace mgan {

struct MultiViewMax {
  /// Views (..., V, D), masked if they are padded -> unit vectors.
  template <Tokens X>
  auto prepare_image(const X& views) const {
    check_rows("MultiViewMax", "image", views);
    check_finite("MultiViewMax", "image", views);
    return map_values(views, normalize);  // (..., V, D)
  }
  /// Views (..., U, D), or one vector a caption as (..., 1, D).
  template <Tokens Y>
  auto prepare_text(const Y& views) const {
    check_rows("MultiViewMax", "text", views);
    check_finite("MultiViewMax", "text", views);
    return map_values(views, normalize);  // (..., U, D)
  }

  template <Tokens X, Tokens Y>
  auto score(const X& image, const Y& text) const {
    require(axis(image, 1) == axis(text, 1), "MultiViewMax: image is ", shape(image), ", text is ", shape(text));
    check_same_kind("MultiViewMax", "image and text", values(image), values(text));
    const auto c = inner(values(image), values(text));  // (..., V, U)
    return max(max(c, mask(text)), mask(image));        // (...)
  }

  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& text) const {
    return score(prepare_image(image), prepare_text(text));
  }
};

}  // namespace mgan
