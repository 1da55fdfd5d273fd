// SCENES, part 2: outlines and fine textures, in integers.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

#include "mgan/data/scene_objects.hpp"

namespace mgan::data {

namespace detail {

/// Even-odd rule: does (x, y), in thousandths of the radius, lie inside the polygon?
template <std::size_t n>
constexpr bool inside_polygon(const std::array<std::array<int, 2>, n>& corners, int x, int y) {
  bool inside = false;
  for (std::size_t i = 0, j = n - 1; i < n; j = i++) {
    const auto [xi, yi] = corners[i];
    const auto [xj, yj] = corners[j];
    if ((yi > y) == (yj > y)) continue;
    // x < xi + (y - yi) (xj - xi) / (yj - yi), without the division
    const int side = (x - xi) * (yj - yi) - (y - yi) * (xj - xi);
    if ((yj > yi) == (side < 0)) inside = !inside;
  }
  return inside;
}

inline constexpr std::array<std::array<int, 2>, 3> triangle{{{0, -950}, {980, 800}, {-980, 800}}};
/// Five rays: outer corners at radius 1, inner ones at 0.42, 36 degrees apart, the first one up.
inline constexpr std::array<std::array<int, 2>, 10> star{{{0, -1000},
                                                          {247, -340},
                                                          {951, -309},
                                                          {399, 130},
                                                          {588, 809},
                                                          {0, 420},
                                                          {-588, 809},
                                                          {-399, 130},
                                                          {-951, -309},
                                                          {-247, -340}}};
}  // namespace detail

/// Does the object cover the point (dx, dy) from its centre, in units of scene_side?
inline bool covers(const SceneObject& o, int dx, int dy) {
  if (std::abs(dx) > o.radius || std::abs(dy) > o.radius) return false;
  const int x = dx * 1000 / o.radius, y = dy * 1000 / o.radius;  // thousandths of the radius
  const int ax = std::abs(x), ay = std::abs(y), square = x * x + y * y;
  constexpr int one = 1000 * 1000;
  switch (o.shape) {
    case SceneShape::circle:
      return square <= one;
    case SceneShape::square:
      return ax <= 850 && ay <= 850;
    case SceneShape::triangle:
      return detail::inside_polygon(detail::triangle, x, y);
    case SceneShape::star:
      return detail::inside_polygon(detail::star, x, y);
    case SceneShape::ring:
      return square <= one && square >= one / 4;
    case SceneShape::cross:
      return ax <= 300 || ay <= 300;
    case SceneShape::diamond:
      return ax + ay <= 1000;
    case SceneShape::crescent:
      return square <= one && (x - 500) * (x - 500) + y * y > one * 6 / 10;
  }
  return false;
}

/// Does the fine texture show its second tone at this point of the object?
inline bool second_tone(SceneTexture texture, int dx, int dy) {
  const int x = dx + scene_side, y = dy + scene_side;  // positive, for % and /
  switch (texture) {
    case SceneTexture::plain:
      return false;
    case SceneTexture::striped:
      return y / 32 % 2 == 1;
    case SceneTexture::dotted: {
      const int row = y / 64, px = (x + row % 2 * 44) % 88 - 44, py = y % 64 - 32;
      return px * px + py * py <= 24 * 24;
    }
    case SceneTexture::checked:
      return (x / 48 + y / 48) % 2 == 1;
  }
  return false;
}

/// Sample points: two by two in every pixel. Sub-pixel `s` of 2 * size lies at this coordinate.
constexpr int sample_at(int s, int size) { return (2 * s + 1) * scene_side / (4 * size); }

/// The smallest rectangle of pixels that holds every pixel the object colours.
inline Box box_of(const SceneObject& o, int size) {
  int x1 = size, y1 = size, x2 = 0, y2 = 0;
  const auto first = [&](int centre) { return std::max(0, (centre - o.radius) * size / scene_side); };
  const auto last = [&](int centre) { return std::min(size, (centre + o.radius) * size / scene_side + 1); };
  for (int sy = 2 * first(o.y); sy < 2 * last(o.y); ++sy) {
    for (int sx = 2 * first(o.x); sx < 2 * last(o.x); ++sx) {
      if (!covers(o, sample_at(sx, size) - o.x, sample_at(sy, size) - o.y)) continue;
      x1 = std::min(x1, sx / 2), x2 = std::max(x2, sx / 2 + 1);
      y1 = std::min(y1, sy / 2), y2 = std::max(y2, sy / 2 + 1);
    }
  }
  return {static_cast<float>(x1), static_cast<float>(y1), static_cast<float>(x2), static_cast<float>(y2)};
}

}  // namespace mgan::data
