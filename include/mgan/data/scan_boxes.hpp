// CAMERA's boxes beside SCAN's features: *_boxes.npy (N, R, 4) as x1 y1 x2 y2 in pixels, *_img_sizes.npy (N, 2) as
// width and height, rows as in *_ims.npy.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/io/npy.hpp"

namespace mgan::data {

/// The boxes of one row at a time, checked when they are read.
class ScanBoxes {
 public:
  /// `rows` and `regions` are those of the features. Errors: other shapes, PFAN's 30 columns.
  ScanBoxes(const std::filesystem::path& boxes, const std::filesystem::path& sizes, std::int64_t rows,
            std::int64_t regions)
      : boxes_name_(boxes.string()), sizes_name_(sizes.string()), boxes_(boxes), sizes_(sizes), regions_(regions) {
    const Shape& shape = boxes_.shape();
    require(shape.empty() || shape.back() != 30, boxes_name_, ": is ", shape,
            ": 30 columns are PFAN's codes of blocks of the picture, a file of the same name but another meaning; "
            "expected corners x1 y1 x2 y2, as CAMERA has them");
    const Shape expected{rows, regions, 4}, pairs{rows, 2};
    require(shape == expected, boxes_name_, ": is ", shape, ", expected ", expected, " as the features have it");
    require(sizes_.shape() == pairs, sizes_name_, ": is ", sizes_.shape(), ", expected ", pairs);
  }

  /// Fills in width, height and boxes of an image. Up to one pixel over the edge is clipped and counted. Errors: sizes
  /// that are no positive integers, boxes that are not finite, flat, or farther outside.
  void read(std::int64_t row, Example& example) {
    const std::vector<double> size = numbers(sizes_, row);
    for (const double side : size) {
      require(side >= 1 && side <= 1e6 && side == std::floor(side), sizes_name_, ": row ", row, " is ", size[0], " x ",
              size[1], ", expected a width and a height in pixels");
    }
    example.width = static_cast<int>(size[0]);
    example.height = static_cast<int>(size[1]);
    const std::vector<double> corners = numbers(boxes_, row);
    const double farthest = *std::max_element(corners.begin(), corners.end());
    require(!(farthest > 0 && farthest <= 1) || std::max(size[0], size[1]) <= 2, boxes_name_, ": row ", row,
            ": every box lies between 0 and 1: fractions of the picture, expected pixels of ", size[0], " x ", size[1]);
    example.boxes.reserve(static_cast<std::size_t>(regions_));
    for (std::size_t r = 0; r < static_cast<std::size_t>(regions_); ++r)
      example.boxes.push_back(box(&corners[4 * r], size, row, r));
  }

  std::size_t clipped() const { return clipped_; }
  const std::string& name() const { return boxes_name_; }

 private:
  static std::vector<double> numbers(const io::NpyFile& file, std::int64_t row) {
    const io::DType type = file.dtype();
    const bool floating = type == io::DType::F64 || type == io::DType::F32 || type == io::DType::F16;
    if (floating) return file.rows<double>(row, 1);
    const std::vector<std::int64_t> whole = file.integer_rows(row, 1);
    return {whole.begin(), whole.end()};
  }

  Box box(const double* corner, const std::vector<double>& size, std::int64_t row, std::size_t region) {
    const auto refuse = [&](const std::string& why) {
      fail(boxes_name_, ": row ", row, ", region ", region, ": (", corner[0], ", ", corner[1], ", ", corner[2], ", ",
           corner[3], ") in an image of ", size[0], " x ", size[1], " ", why);
    };
    double clipped[4];
    double over = 0;  // pixels
    for (int c = 0; c < 4; ++c) {
      if (!std::isfinite(corner[c])) refuse("is not finite");
      clipped[c] = std::clamp(corner[c], 0.0, size[static_cast<std::size_t>(c % 2)]);
      over = std::max(over, std::abs(corner[c] - clipped[c]));
    }
    if (over > 1) {
      const bool turned = corner[2] <= size[1] + 1 && corner[3] <= size[0] + 1;
      refuse(turned ? "reaches out of it, but would fit if " + sizes_name_ + " had height before width"
                    : std::string("reaches out of it"));
    }
    if (!(clipped[2] > clipped[0]) || !(clipped[3] > clipped[1])) refuse("has no area; expected x1 y1 x2 y2");
    clipped_ += over > 0;
    return {static_cast<float>(clipped[0]), static_cast<float>(clipped[1]), static_cast<float>(clipped[2]),
            static_cast<float>(clipped[3])};
  }

  std::string boxes_name_, sizes_name_;
  io::NpyFile boxes_, sizes_;
  std::int64_t regions_;
  std::size_t clipped_ = 0;
};

}  // namespace mgan::data
