// SCENES, part 3: eight backgrounds, each a colour as a function of place.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "mgan/data/scene_objects.hpp"

namespace mgan::data {

using Rgb = std::array<int, 3>;

/// a + (b - a) t / 256, 0 <= t <= 256
constexpr Rgb blend(const Rgb& a, const Rgb& b, int t) {
  return {a[0] + (b[0] - a[0]) * t / 256, a[1] + (b[1] - a[1]) * t / 256, a[2] + (b[2] - a[2]) * t / 256};
}

namespace detail {

/// A number in 0..255 for every lattice point.
inline int lattice(int i, int j, std::uint64_t salt) {
  SceneStream stream{salt + static_cast<std::uint64_t>(i) * 0x10001u + static_cast<std::uint64_t>(j)};
  return static_cast<int>(stream() >> 56);
}

/// Smooth noise in 0..255: bilinear between lattice points that are (width, height) apart.
inline int soft_noise(int x, int y, int width, int height, std::uint64_t salt) {
  const int i = x / width, j = y / height, u = x % width, v = y % height;
  const int top = lattice(i, j, salt) * (width - u) + lattice(i + 1, j, salt) * u;
  const int bottom = lattice(i, j + 1, salt) * (width - u) + lattice(i + 1, j + 1, salt) * u;
  return (top / width * (height - v) + bottom / width * v) / height;
}

/// Triangle wave in 0..256.
constexpr int wave(int x, int period) {
  const int phase = x % period * 512 / period;
  return phase < 256 ? phase : 512 - phase;
}

}  // namespace detail

/// The background at (x, y), 0 <= x, y < scene_side. `salt` makes every scene's own.
inline Rgb background_at(SceneBackground background, int x, int y, std::uint64_t salt) {
  using namespace detail;
  switch (background) {
    case SceneBackground::sky: {
      const int cloud = std::clamp(soft_noise(x, y, 256, 128, salt) - 128, 0, 100) * 2;
      return blend(blend({120, 180, 240}, {175, 215, 245}, y / 4), {240, 245, 250}, cloud);
    }
    case SceneBackground::grass:
      return blend({45, 85, 35}, {110, 150, 75}, soft_noise(x, y, 24, 112, salt));
    case SceneBackground::sand:
      return blend({195, 165, 115}, {235, 212, 170},
                   soft_noise(x, y, 20, 20, salt) / 2 + soft_noise(x, y, 300, 90, salt) / 2);
    case SceneBackground::water:
      return blend({20, 95, 130}, {95, 175, 195}, wave(y + soft_noise(x, y, 160, 320, salt) / 2, 128));
    case SceneBackground::brick: {
      const int row = y / 128, shifted = x + row % 2 * 128, column = shifted / 256;
      if (y % 128 < 18 || shifted % 256 < 18) return {190, 180, 165};  // mortar
      return blend({120, 60, 45}, {165, 95, 75}, lattice(column, row, salt));
    }
    case SceneBackground::night: {
      const bool star = lattice(x / 16, y / 16, salt) < 4;
      return star ? Rgb{220, 220, 190} : blend({10, 10, 32}, {30, 32, 72}, soft_noise(x, y, 340, 340, salt));
    }
    case SceneBackground::snow:
      return blend({205, 215, 232}, {245, 248, 252}, soft_noise(x, y, 200, 90, salt));
    case SceneBackground::wood: {
      if (x % 256 < 14) return {60, 38, 20};  // between planks
      return blend({110, 72, 40}, {160, 112, 68}, soft_noise(x, y, 18, 260, salt));
    }
  }
  return {};
}

}  // namespace mgan::data
