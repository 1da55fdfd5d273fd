// What an image encoder sees of a picture: the short side scaled, the middle cut out.
#pragma once

#include <cstdint>
#include <limits>

#include "mgan/core/error.hpp"
#include "mgan/image/picture.hpp"
#include "mgan/image/pixel_normalization.hpp"
#include "mgan/image/resize.hpp"

namespace mgan::image {

/// Width and height after scaling: the short side becomes `size` pixels, the long one floor(size long / short).
struct ScaledSize {
  int width = 0, height = 0;
};
inline ScaledSize scaled_to_short_side(int width, int height, int size) {
  require(width > 0 && height > 0 && size > 0, "fit: ", width, " x ", height, " pixels to a short side of ", size);
  const auto scaled = [&](int side, int other) {
    if (side <= other) return size;
    const std::int64_t longer = std::int64_t{size} * side / other;
    require(longer <= std::numeric_limits<int>::max(), "fit: ", width, " x ", height, " pixels become ", longer,
            " on the longer side");
    return static_cast<int>(longer);
  };
  return {scaled(width, height), scaled(height, width)};
}

/// The short side becomes `size` pixels, the long one floor(size long / short); then `crop` x `crop` from the middle.
/// Costs what is kept, however long the picture is.
inline Picture fit(const Picture& picture, int size, int crop, Filter filter = Filter::bicubic) {
  const ScaledSize scaled = scaled_to_short_side(picture.width, picture.height, size);
  require(crop > 0 && crop <= scaled.width && crop <= scaled.height, "fit: ", crop, " x ", crop, " from ", scaled.width,
          " x ", scaled.height);
  return resize_part(picture, scaled.width, scaled.height, (scaled.width - crop) / 2, (scaled.height - crop) / 2, crop,
                     crop, filter);
}

/// A part of a picture, as parts of its width and height; all of it by default.
struct PictureWindow {
  double left = 0, top = 0, right = 1, bottom = 1;
};
/// What `fit` keeps of a picture of width x height pixels.
inline PictureWindow fitted_window(int width, int height, int size, int crop) {
  const ScaledSize scaled = scaled_to_short_side(width, height, size);
  const auto first = [crop](int side) { return static_cast<double>((side - crop) / 2) / side; };
  const auto last = [crop](int side) { return static_cast<double>((side - crop) / 2 + crop) / side; };
  return {first(scaled.width), first(scaled.height), last(scaled.width), last(scaled.height)};
}

}  // namespace mgan::image
