// Pixels in memory.
#pragma once

#include <cstdint>
#include <vector>

namespace mgan::image {

/// 8-bit colour, rows from top to bottom.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;  // (height, width, 3)
};

}  // namespace mgan::image
