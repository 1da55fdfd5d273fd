// Feature folders in SCAN's layout made for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mgan/io/npy.hpp"
#include "tests/unit/io/temporary_folder.hpp"

/// A split of 3 images of 40 x 30 pixels, 2 regions of width 4. Feature d of region r of image i is 100 i + 10 r + d.
struct ScanFiles {
  TemporaryFolder folder;
  std::int64_t images = 3, regions = 2, width = 4;

  std::vector<float> features(std::int64_t repeats) const {
    std::vector<float> values;
    for (std::int64_t row = 0; row < images * repeats; ++row) {
      for (std::int64_t r = 0; r < regions; ++r)
        for (std::int64_t d = 0; d < width; ++d)
          values.push_back(static_cast<float>(100 * (row / repeats) + 10 * r + d));
    }
    return values;
  }
  std::vector<float> boxes(std::int64_t rows) const {
    std::vector<float> corners;
    for (std::int64_t b = 0; b < rows * regions; ++b) corners.insert(corners.end(), {1, 2, 30, 20});
    return corners;
  }
  std::string captions(std::int64_t each, const std::string& words) const {
    std::string text;
    for (std::int64_t c = 0; c < images * each; ++c) text += words + " " + std::to_string(c) + "\n";
    return text;
  }
  std::string ids(std::int64_t repeats, std::int64_t first = 500) const {
    std::string text;
    for (std::int64_t row = 0; row < images * repeats; ++row) text += std::to_string(first + row / repeats) + "\n";
    return text;
  }
  void npy(const std::string& name, const mgan::Shape& shape, const std::vector<float>& values) const {
    mgan::io::write_npy(folder.path / name, shape, values);
  }

  /// All files of a split: a row of features an image (repeats = 1), or one a caption (repeats = 5).
  void write(const std::string& split, std::int64_t repeats) const {
    const std::int64_t rows = images * repeats;
    npy(split + "_ims.npy", {rows, regions, width}, features(repeats));
    npy(split + "_boxes.npy", {rows, regions, 4}, boxes(rows));
    std::vector<float> sizes;
    for (std::int64_t row = 0; row < rows; ++row) sizes.insert(sizes.end(), {40, 30});
    npy(split + "_img_sizes.npy", {rows, 2}, sizes);
    folder.file(split + "_caps.txt", captions(5, split));
    folder.file(split + "_ids.txt", ids(repeats));
  }
};
