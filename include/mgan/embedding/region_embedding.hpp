// Regions: detector features and their boxes in the joint space. Eq. (1) of the MGAN paper (2025).
//
//     V = F W_f + b_f        L = sigmoid(l_hat W_p + b_p)        V_bar = V * L (element by element), or V without boxes
//
// and, with a refinement in which the regions see each other (refine/refinement.hpp), refinement(V_bar), or
// refinement(V, L) of one that wants the positions.
#pragma once

#include <utility>

#include "mgan/embedding/box_geometry.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/rows.hpp"
#include "mgan/refine/refinement.hpp"

namespace mgan {

/// What happens to V before the product with the positions, and once more behind a refinement.
enum class RegionNormalization {
  none,    ///< nothing: the default
  l2,      ///< every region to unit length
  camera,  ///< every column to unit length over the regions, as CAMERA's published code does (compat)
};

/// Where the positions L come from.
enum class RegionPositions {
  boxes,  ///< the boxes of the regions: Eq. (1)
  none,   ///< there are none: V_bar = V, and there is no W_p
};

template <Tensor T, class Refine = NoRefinement>
struct RegionEmbedding {
  Linear<T> feature;   // W_f, b_f: (D, d_r)
  Linear<T> position;  // W_p, b_p: (D, 6); empty without positions
  RegionNormalization normalization = RegionNormalization::none;
  RegionPositions positions = RegionPositions::boxes;
  Refine refinement = {};

  static RegionEmbedding create(std::int64_t feature_width, std::int64_t width,
                                RegionPositions positions = RegionPositions::boxes, Refine refinement = {}) {
    RegionEmbedding f{Linear<T>::create(feature_width, width), {}};
    f.positions = positions;
    if (positions == RegionPositions::boxes) f.position = Linear<T>::create(6, width);
    f.refinement = std::move(refinement);
    return f;
  }

  /// features (..., R, d_r), boxes (..., R, 4) as x1 y1 x2 y2 px, image_sizes (..., 2) as W H -> (..., R, D).
  /// A padded batch stays one. Throws for a box that is NaN, flat or outside its image, naming image and region;
  /// without positions, boxes and sizes are not looked at.
  template <Tokens X, Tensor Boxes, Tensor Sizes, ContextOfUse Context = Inference>
  auto operator()(const X& features, const Boxes& boxes, const Sizes& image_sizes, const Context& context = {}) const {
    check_rows("RegionEmbedding", "features", features, axis(feature.weight, 1));
    check_finite("RegionEmbedding", "features", features);
    if (positions == RegionPositions::boxes) check_boxes(features, boxes, image_sizes);

    const auto v = map_values(features, [&](const auto& f) { return normalized(feature(f), mask(features)); });
    const auto places = [&] {  // L: (..., R, D)
      return sigmoid(position(tensor_like(values(features), geometry(features, boxes, image_sizes))));
    };
    const auto placed = [&] {  // V_bar: (..., R, D)
      return map_values(v, [&](const auto& x) {
        if (positions == RegionPositions::none) return x;
        return std::remove_cvref_t<decltype(x)>(mul(x, places()));
      });
    };
    if constexpr (is_no_refinement<Refine>) {
      return placed();
    } else {
      if (!is_refining(refinement)) return placed();
      if constexpr (WantsPositions<Refine>) {
        if (positions == RegionPositions::boxes) return again(refinement(v, places(), context));
      }
      return again(with_context(refinement, context, placed()));
    }
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("feature", self.feature);
    if (self.positions == RegionPositions::boxes) f("position", self.position);
    f("refinement", self.refinement);
  }

 private:
  template <class X, class Boxes, class Sizes>
  static void check_boxes(const X& features, const Boxes& boxes, const Sizes& image_sizes) {
    Shape expected = shape(features);
    expected.back() = 4;
    check_shape("RegionEmbedding", "boxes", boxes, expected);
    expected.resize(expected.size() - 2);
    expected.push_back(2);
    check_shape("RegionEmbedding", "image_sizes", image_sizes, expected);
  }
  template <Tensor V, class Mask>
  auto normalized(const V& v, const Mask& real) const {
    using Plain = decltype(transpose(v));
    switch (normalization) {
      case RegionNormalization::l2:
        return Plain(type_as(normalize(v), v));
      case RegionNormalization::camera:
        return Plain(type_as(transpose(normalize(transpose(mask_rows(v, real)))), v));
      default:
        return Plain(v);
    }
  }
  /// Refined regions with the normalization once more.
  template <Tokens V>
  auto again(const V& regions) const {
    return map_values(regions, [&](const auto& x) { return normalized(x, mask(regions)); });
  }
  template <class X, class Boxes, class Sizes>
  static HostArray geometry(const X& features, const Boxes& boxes, const Sizes& image_sizes) {
    if constexpr (is_masked<X>) {
      return box_geometry(to_host(boxes), to_host(image_sizes), to_host(features.mask).values);
    } else {
      return box_geometry(to_host(boxes), to_host(image_sizes));
    }
  }
};

}  // namespace mgan
