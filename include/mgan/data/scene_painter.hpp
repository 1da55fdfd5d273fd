// SCENES, part 4: a scene as a picture.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/data/scene_backgrounds.hpp"
#include "mgan/data/scene_objects.hpp"
#include "mgan/data/scene_shapes.hpp"

namespace mgan::data {

constexpr Rgb colour_of(SceneColour colour) {
  constexpr Rgb colours[] = {{215, 25, 30},  {25, 190, 50},  {25, 50, 215},   {250, 225, 20},
                             {135, 30, 165}, {250, 130, 10}, {252, 252, 252}, {8, 8, 10}};
  return colours[static_cast<int>(colour)];
}

/// The second tone of a textured object: dark for yellow and white, light for the rest.
constexpr Rgb tone_of(SceneColour colour) {
  const bool bright = colour == SceneColour::yellow || colour == SceneColour::white;
  return bright ? blend(colour_of(colour), {0, 0, 0}, 120) : blend(colour_of(colour), {255, 255, 255}, 140);
}

/// Paints size x size pixels, edges smoothed by four samples a pixel, with a little noise. Equal scenes give equal
/// bytes.
inline Picture paint(const Scene& scene, int size = 64) {
  require(size >= 16 && size <= 4096, "scenes: pictures of ", size, " pixels, expected 16 to 4096");
  constexpr int noise = 6;
  Picture picture{size, size, std::vector<std::uint8_t>(static_cast<std::size_t>(size * size * 3))};  // (size, size, 3)
  SceneStream grain{scene.paint_seed + 1};
  auto* pixel = picture.rgb.data();
  for (int py = 0; py < size; ++py) {
    for (int px = 0; px < size; ++px, pixel += 3) {
      const int x = (2 * px + 1) * scene_side / (2 * size), y = (2 * py + 1) * scene_side / (2 * size);
      const Rgb ground = background_at(scene.background, x, y, scene.paint_seed);
      Rgb sum{4 * ground[0], 4 * ground[1], 4 * ground[2]};
      for (const SceneObject& o : scene.objects) {  // they never overlap
        const int near = o.radius + scene_side / size;
        if (std::abs(x - o.x) > near || std::abs(y - o.y) > near) continue;
        for (int s = 0; s < 4; ++s) {
          const int dx = sample_at(2 * px + s % 2, size) - o.x, dy = sample_at(2 * py + s / 2, size) - o.y;
          if (!covers(o, dx, dy)) continue;
          const Rgb tone = second_tone(o.texture, dx, dy) ? tone_of(o.colour) : colour_of(o.colour);
          for (std::size_t c = 0; c < 3; ++c) sum[c] += tone[c] - ground[c];
        }
      }
      for (std::size_t c = 0; c < 3; ++c) {
        pixel[c] = static_cast<std::uint8_t>(std::clamp(sum[c] / 4 + grain.below(2 * noise + 1) - noise, 0, 255));
      }
    }
  }
  return picture;
}

}  // namespace mgan::data
