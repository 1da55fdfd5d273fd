// Region features without any encoder: the pixels of each box, averaged over a small grid of cells.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mgan/data/dataset.hpp"
#include "mgan/image/pixel_normalization.hpp"

namespace mgan::encoders {

/// side x side cells a box, three channels: pictures and their boxes (in the picture's pixels) -> (I, R, 3 side side),
/// normalised as the image encoder's input; R is the largest number of boxes, rows behind it are zero.
/// A cell is the mean of the pixels that it touches, at least one.
inline at::Tensor region_pixels(const std::vector<data::Picture>& pictures,
                                const std::vector<std::vector<data::Box>>& boxes, std::int64_t side = 8,
                                const image::SinglePixelNormalization& normalization = {}) {
  require(pictures.size() == boxes.size(), "region_pixels: ", pictures.size(), " pictures, boxes for ", boxes.size());
  std::size_t most = 0;
  for (const auto& some : boxes) most = std::max(most, some.size());
  const std::int64_t width = 3 * side * side;
  at::Tensor features = at::zeros({static_cast<std::int64_t>(pictures.size()), static_cast<std::int64_t>(most), width});
  float* const out = features.mutable_data_ptr<float>();

  // The pixels of cell i between two edges of a box, inside the picture.
  const auto range = [side](float low, float high, std::int64_t i, int length) {
    const double step = (static_cast<double>(high) - static_cast<double>(low)) / static_cast<double>(side);
    const int first = static_cast<int>(std::floor(static_cast<double>(low) + step * static_cast<double>(i)));
    const int last = static_cast<int>(std::ceil(static_cast<double>(low) + step * static_cast<double>(i + 1)));
    const int begin = std::clamp(first, 0, length - 1);
    return std::pair{begin, std::clamp(last, begin + 1, length)};
  };
  for (std::size_t p = 0; p < pictures.size(); ++p) {
    const data::Picture& picture = pictures[p];
    for (std::size_t r = 0; r < boxes[p].size(); ++r) {
      const data::Box& box = boxes[p][r];
      float* feature = out + (p * most + r) * static_cast<std::size_t>(width);
      for (std::int64_t row = 0; row < side; ++row) {
        const auto [top, bottom] = range(box.y1, box.y2, row, picture.height);
        for (std::int64_t column = 0; column < side; ++column) {
          const auto [left, right] = range(box.x1, box.x2, column, picture.width);
          const float count = 255.0f * static_cast<float>((bottom - top) * (right - left));
          for (std::size_t c = 0; c < 3; ++c) {
            int sum = 0;
            for (int y = top; y < bottom; ++y)
              for (int x = left; x < right; ++x)
                sum += picture.rgb[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) +
                                        static_cast<std::size_t>(x)) +
                                   c];
            *feature++ = normalization.scaled(static_cast<float>(sum) / count, c);
          }
        }
      }
    }
  }
  return features;
}

}  // namespace mgan::encoders
