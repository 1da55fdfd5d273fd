// What training and evaluation ask of a data set, whatever it is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/image/picture.hpp"

namespace mgan::data {

using image::Picture;

/// A rectangle in pixels: x1 <= x < x2 from the left, y1 <= y < y2 from the top.
struct Box {
  float x1 = 0;
  float y1 = 0;
  float x2 = 0;
  float y2 = 0;
  bool operator==(const Box&) const = default;
};

/// One image and the captions that describe it.
struct Example {
  std::string name;
  std::int64_t image_id = 0;
  std::vector<std::string> captions;  // at least one
  std::vector<Box> boxes;             // inside the picture; empty if features came without boxes
  int width = 0;                      // of the picture, and so of the boxes
  int height = 0;
  std::string file = {};                       // of the picture, below the image folder; empty: its name
  std::vector<std::int64_t> caption_ids = {};  // (captions): COCO's, Karpathy's sentid; empty where there are none
};

/// A picture's file below the image folder.
inline const std::string& picture_file(const Example& example) {
  return example.file.empty() ? example.name : example.file;
}

enum class Split { train, val, test };

constexpr const char* name_of(Split split) {
  return split == Split::train ? "train" : split == Split::val ? "val" : "test";
}

/// The images of one split. Captions and boxes are in memory. A data set has pictures, region features, or both:
/// `picture(i)` loads or paints the pixels of examples[i], `regions(i)` reads its features (regions, region_width), row
/// by row; what it does not have is empty. Boxes are then those of the features, in pixels of width x height. Both may
/// be called by several threads at once.
struct Dataset {
  std::string name;
  Split split = Split::train;
  std::vector<Example> examples;
  std::function<Picture(std::size_t)> picture;
  std::vector<std::string> warnings = {};  // what was repaired on reading, for the program to print
  std::function<std::vector<float>(std::size_t)> regions = {};
  std::int64_t region_width = 0;                                // d_r; 0 without features
  std::function<void(std::size_t)> regions_ahead = {};          // asks for what regions(i) is about to read; or empty
  std::int64_t region_count = 0;                                // R of images that have features and no boxes
  std::function<std::filesystem::path(std::size_t)> file = {};  // of a picture; empty where pictures have no files
  std::filesystem::path boxes_file = {};                        // that boxes were read from; empty without one
  std::string pictures = {};  // the folder that the pictures are files of; empty without files
};

/// Regions where nobody drew any: rows x columns equal tiles, row by row; then, if asked, the whole picture.
inline std::vector<Box> grid_boxes(int width, int height, int rows, int columns, bool with_whole_image = true) {
  require(width > 0 && height > 0 && rows > 0 && columns > 0, "grid_boxes: ", rows, " x ", columns,
          " boxes in a picture of ", width, " x ", height);
  const auto edge = [](int length, int part, int parts) {
    return static_cast<float>(length) * static_cast<float>(part) / static_cast<float>(parts);
  };
  std::vector<Box> boxes;
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      boxes.push_back(
          {edge(width, c, columns), edge(height, r, rows), edge(width, c + 1, columns), edge(height, r + 1, rows)});
    }
  }
  if (with_whole_image) boxes.push_back({0, 0, static_cast<float>(width), static_cast<float>(height)});
  return boxes;
}

}  // namespace mgan::data
