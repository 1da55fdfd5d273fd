// SCENES: a built-in data set of painted pictures with captions and exact boxes. Nothing to download.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/data/scene_captions.hpp"
#include "mgan/data/scene_objects.hpp"
#include "mgan/data/scene_painter.hpp"
#include "mgan/data/scene_shapes.hpp"

namespace mgan::data {

struct ScenesOptions {
  std::size_t count = 2000;  // scenes
  std::uint64_t seed = 1;
  int size = 64;  // pixels a side
};

/// The first `count` scenes of a split: five captions each, the boxes of the objects alone. Any two splits, of equal or
/// different seeds, have no scene description in common (split_of).
inline Dataset scenes(Split split, const ScenesOptions& options = {}) {
  require(options.count > 0, "scenes: count is 0");
  Dataset dataset{"scenes", split, {}, [split, options](std::size_t i) {
                    require(i < options.count, "scenes: picture ", i, " of ", options.count);
                    return paint(scene_at(options.seed, split, i), options.size);
                  }};
  dataset.examples.reserve(options.count);
  for (std::size_t i = 0; i < options.count; ++i) {
    const Scene scene = scene_at(options.seed, split, i);
    Example example;
    example.name = "scene-" + std::string(name_of(split)) + "-" + std::to_string(i);
    example.image_id = static_cast<std::int64_t>(i);
    example.captions = captions_of(scene);
    for (const SceneObject& object : scene.objects) example.boxes.push_back(box_of(object, options.size));
    example.width = example.height = options.size;
    dataset.examples.push_back(std::move(example));
  }
  return dataset;
}

}  // namespace mgan::data
