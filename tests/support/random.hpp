// Seeded random arrays, the same on every platform. Every number fits float, so that all scalars see the same input.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "tests/reference/layers.hpp"

namespace support {

using reference::Array;
using reference::Index;
using reference::Lengths;
using reference::Vector;
using Axes = std::vector<Index>;

struct Random {
  std::mt19937_64 bits;

  explicit Random(std::uint64_t seed) : bits(seed) {}

  /// In (0, 1).
  double uniform() { return (static_cast<double>(bits() >> 11) + 0.5) * 0x1.0p-53; }
  double normal() {
    const double radius = uniform(), angle = uniform();
    return static_cast<float>(std::sqrt(-2.0 * std::log(radius)) * std::cos(2.0 * std::numbers::pi * angle));
  }
  Array normal(Axes shape, double deviation = 1.0, double mean = 0.0) {
    Array out(std::move(shape));
    for (double& number : out.values) number = static_cast<float>(mean + deviation * normal());
    return out;
  }
  /// In low..high.
  Index integer(Index low, Index high) {
    return low + static_cast<Index>(uniform() * static_cast<double>(high - low + 1));
  }

  /// One length a sample: the first is 1, the last is `longest`, the others lie between where that is possible.
  Lengths lengths(Index samples, Index longest) {
    Lengths out;
    for (Index i = 0; i < samples; ++i) out.push_back(i == 0 ? 1 : integer(std::min<Index>(2, longest), longest - 1));
    out.back() = longest;
    return out;
  }

  reference::Linear linear(Index in, Index out, bool bias = true) {
    return {normal({out, in}, 1.0 / std::sqrt(static_cast<double>(in))), bias ? normal({out}, 0.3) : Array()};
  }

  /// Boxes inside their images, (I, R, 4) as x1 y1 x2 y2, and the sizes W H of the images, (I, 2).
  std::pair<Array, Array> boxes(Index images, Index regions) {
    Array corners({images, regions, 4}), sizes({images, 2});
    for (Index i = 0; i < images; ++i) {
      for (Index side = 0; side < 2; ++side) sizes.at(i, side) = static_cast<double>(integer(150, 500));
      for (Index r = 0; r < regions; ++r) {
        for (Index side = 0; side < 2; ++side) {
          const double low = 0.6 * uniform(), high = low + 0.1 + 0.3 * uniform();
          corners.at(i, r, side) = static_cast<float>(low * sizes.at(i, side));
          corners.at(i, r, 2 + side) = static_cast<float>(high * sizes.at(i, side));
        }
      }
    }
    return {corners, sizes};
  }
};

}  // namespace support
