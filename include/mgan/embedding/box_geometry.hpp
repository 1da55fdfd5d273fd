// The shape and place of a region, on plain numbers.
#pragma once

#include <algorithm>
#include <cmath>

#include "mgan/core/check.hpp"

namespace mgan {

/// Throws for a box that has no place in its image: NaN, no width or height, or no overlap with (0, 0, W, H).
inline void check_box(const double (&box)[4], double width, double height, std::int64_t image, std::int64_t region) {
  const auto refuse = [&](const char* why) {
    fail("RegionEmbedding: image ", image, ", region ", region, ": box (", box[0], ", ", box[1], ", ", box[2], ", ",
         box[3], ") in an image of ", width, " x ", height, " ", why);
  };
  if (!(width > 0) || !(height > 0) || !std::isfinite(width) || !std::isfinite(height)) refuse("has no image size");
  for (const double corner : box)
    if (!std::isfinite(corner)) refuse("is not finite");
  if (!(box[2] > box[0])) refuse("has no width");
  if (!(box[3] > box[1])) refuse("has no height");
  if (box[2] <= 0 || box[3] <= 0 || box[0] >= width || box[1] >= height) refuse("does not overlap the image");
}

/// l_hat = (x/W, y/H, w/W, h/H, w/h, w h/(W H)), section 2.1 of the paper; x and y are the top-left corner.
/// boxes (..., R, 4) as x1 y1 x2 y2 in pixels, image_sizes (..., 2) as W H -> (..., R, 6).
/// `real` (..., R) marks real regions (empty: all); padding is not looked at and gets zeros.
inline HostArray box_geometry(const HostArray& boxes, const HostArray& image_sizes,
                              const std::vector<double>& real = {}) {
  Shape result_shape = boxes.shape;
  result_shape.back() = 6;
  HostArray geometry{result_shape, std::vector<double>(static_cast<std::size_t>(element_count(result_shape)))};
  const auto regions = static_cast<std::size_t>(boxes.shape[boxes.shape.size() - 2]);
  for (std::size_t r = 0; r < boxes.values.size() / 4; ++r) {
    if (!real.empty() && real[r] == 0) continue;
    const std::size_t image = r / regions;
    const double W = image_sizes.values.at(2 * image), H = image_sizes.values.at(2 * image + 1);
    double box[4];
    std::copy_n(&boxes.values[4 * r], 4, box);
    check_box(box, W, H, static_cast<std::int64_t>(image), static_cast<std::int64_t>(r % regions));
    const double x = box[0], y = box[1], w = box[2] - box[0], h = box[3] - box[1];
    const double l_hat[6] = {x / W, y / H, w / W, h / H, w / h, w * h / (W * H)};
    std::copy_n(l_hat, 6, &geometry.values[6 * r]);
  }
  return geometry;
}

}  // namespace mgan
