// Eq. (1): V_bar = (F W_f + b_f) * sigmoid(W_p l_hat + b_p).
#pragma once

#include "layers.hpp"

namespace reference {

struct RegionEmbedding {
  Linear feature;   // (D, d_r), (D)
  Linear position;  // (D, 6), (D)
  bool l2 = false;  // every region of F W + b to unit length before the product
};

/// features (I, R, d_r), boxes (I, R, 4) as x1 y1 x2 y2, image_sizes (I, 2) as W H -> regions (I, R, D).
inline Array region_embedding(const RegionEmbedding& p, const Array& features, const Array& boxes,
                              const Array& image_sizes) {
  Array regions({features.size(0), features.size(1), p.feature.weight.size(0)});
  for (Index i = 0; i < features.size(0); ++i) {
    const double width = image_sizes.at(i, 0), height = image_sizes.at(i, 1);
    for (Index r = 0; r < features.size(1); ++r) {
      const double x = boxes.at(i, r, 0), y = boxes.at(i, r, 1);
      const double w = boxes.at(i, r, 2) - x, h = boxes.at(i, r, 3) - y;
      const Vector box{x / width, y / height, w / width, h / height, w / h, w * h / (width * height)};
      const Vector position = linear(p.position, box);
      Vector v = linear(p.feature, features.row(i, r));
      if (p.l2) v = unit(v);
      for (std::size_t d = 0; d < v.size(); ++d) regions.at(i, r, d) = v[d] * sigmoid(position[d]);
    }
  }
  return regions;
}

}  // namespace reference
