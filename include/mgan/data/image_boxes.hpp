// Boxes of images from a JSON file: {"image_size": [W, H], "boxes": {name: [[x1, y1, x2, y2], ...]}}, in pixels.
// `name` is the path of the picture below the image folder.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/io/json.hpp"

namespace mgan::data {

struct ImageBoxes {
  std::string path;
  int width = 0;  // of every picture, and so of the boxes
  int height = 0;
  std::map<std::string, std::vector<Box>> boxes;
  std::size_t clipped = 0;  // boxes that reached over the edge of the picture
  std::size_t dropped = 0;  // boxes without any area in the picture
};

/// Boxes that all lie between 0 and 1 are fractions of the picture, and refused. Boxes are clipped to the picture;
/// those that have no area then are dropped; both are counted.
inline ImageBoxes read_image_boxes(const std::filesystem::path& path) {
  ImageBoxes out;
  out.path = path.string();
  const io::Json json = io::read_json(path);
  require(json.is_object() && json.contains("image_size") && json.contains("boxes"), out.path,
          ": expected an object with 'image_size' and 'boxes'");
  const io::Json& size = json["image_size"];
  const auto side = [](const io::Json& n) { return n.is_number_integer() && n > 0 && n <= 1'000'000; };
  require(size.is_array() && size.size() == 2 && side(size[0]) && side(size[1]), out.path, ": image_size is ",
          io::brief(size), ", expected [width, height]");
  out.width = size[0].get<int>();
  out.height = size[1].get<int>();
  require(json["boxes"].is_object(), out.path, ": 'boxes' is not an object");
  float farthest = 0;  // pixels
  const auto width = static_cast<float>(out.width), height = static_cast<float>(out.height);
  for (const auto& [filename, list] : json["boxes"].items()) {
    if (!list.is_array()) fail(out.path, ": the boxes of '", printable(filename), "' are not an array");
    std::vector<Box>& boxes = out.boxes[filename];
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto number = [](const io::Json& n) { return n.is_number() && std::abs(n.get<double>()) < 1e9; };
      if (!list[i].is_array() || list[i].size() != 4 || !std::all_of(list[i].begin(), list[i].end(), number)) {
        fail(out.path, ": box ", i, " of '", printable(filename), "' is ", io::brief(list[i]),
             ", expected [x1, y1, x2, y2]");
      }
      const Box given{list[i][0].get<float>(), list[i][1].get<float>(), list[i][2].get<float>(),
                      list[i][3].get<float>()};
      farthest = std::max({farthest, given.x1, given.y1, given.x2, given.y2});
      const Box box{std::clamp(given.x1, 0.0f, width), std::clamp(given.y1, 0.0f, height),
                    std::clamp(given.x2, 0.0f, width), std::clamp(given.y2, 0.0f, height)};
      if (box.x2 <= box.x1 || box.y2 <= box.y1) {
        ++out.dropped;
        continue;
      }
      out.clipped += box != given;
      boxes.push_back(box);
    }
  }
  require(farthest <= 0 || farthest > 1 || std::max(out.width, out.height) <= 2, out.path,
          ": every box lies between 0 and 1: fractions of the picture, expected pixels of ", out.width, " x ",
          out.height);
  return out;
}

}  // namespace mgan::data
