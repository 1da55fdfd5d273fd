// Augmentation: a square cut out of a larger one at random, and its mirror image half of the time. Boxes go along.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "mgan/core/draw.hpp"
#include "mgan/data/dataset.hpp"

namespace mgan::data {

struct CroppedPicture {
  Picture picture;
  std::vector<Box> boxes;  // in its pixels
};

namespace detail {

inline Picture cut_out(const Picture& picture, int left, int top, int side) {
  const auto s = static_cast<std::size_t>(side);
  Picture out{side, side, std::vector<std::uint8_t>(s * s * 3)};
  for (int y = 0; y < side; ++y) {
    const auto from =
        (static_cast<std::size_t>(top + y) * static_cast<std::size_t>(picture.width) + static_cast<std::size_t>(left)) *
        3;
    std::copy_n(picture.rgb.begin() + static_cast<std::ptrdiff_t>(from), s * 3,
                out.rgb.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(y) * s * 3));
  }
  return out;
}

}  // namespace detail

/// Left and right change places.
inline void mirror(CroppedPicture& image) {
  const auto width = static_cast<std::size_t>(image.picture.width);
  for (std::size_t y = 0; y < static_cast<std::size_t>(image.picture.height); ++y) {
    std::uint8_t* row = image.picture.rgb.data() + y * width * 3;
    for (std::size_t x = 0; x < width / 2; ++x)
      std::swap_ranges(row + 3 * x, row + 3 * x + 3, row + 3 * (width - 1 - x));
  }
  const auto w = static_cast<float>(image.picture.width);
  for (Box& box : image.boxes) box = {w - box.x2, box.y1, w - box.x1, box.y2};
}

/// side x side pixels of a picture that is at least as large, where `bits` say. A box that keeps less than 2 pixels a
/// side is left out.
struct RandomCrop {
  int side = 0;
  bool flip = false;  // mirrored half of the time

  CroppedPicture operator()(const Picture& picture, const std::vector<Box>& boxes, std::mt19937_64& bits) const {
    const auto offset = [&](int length) {
      return static_cast<int>(draw_below(static_cast<std::uint64_t>(length - side) + 1, bits));
    };
    const int left = offset(picture.width), top = offset(picture.height);
    CroppedPicture out{detail::cut_out(picture, left, top, side), {}};
    const auto inside = [this](float x, int first) {
      return std::clamp(x - static_cast<float>(first), 0.0f, static_cast<float>(side));
    };
    for (const Box& box : boxes) {
      const Box cut{inside(box.x1, left), inside(box.y1, top), inside(box.x2, left), inside(box.y2, top)};
      if (cut.x2 - cut.x1 >= 2 && cut.y2 - cut.y1 >= 2) out.boxes.push_back(cut);
    }
    if (flip && draw_below(2, bits) == 1) mirror(out);
    return out;
  }
};

}  // namespace mgan::data
