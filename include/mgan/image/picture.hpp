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

/// What becomes of alpha and of transparent colours: dropped as Pillow's convert("RGB") does (OpenAI's CLIP,
/// transformers 4), or laid on white as transformers 5 does.
enum class Transparency { drop, on_white };

/// 16-bit grey in 8 bits: min(v, 255) as Pillow's convert("RGB") does, nearly always white, or the high byte.
enum class Grey16 { clip, high_byte };

/// A file of a few kilobytes can claim any size; above this many pixels it is refused before memory is taken.
inline constexpr std::uint64_t default_max_pixels = 100'000'000;

/// A picture whose long side is more than this many times its short side is none: scaled to a square, or cropped, it
/// would show next to nothing.
inline constexpr int most_elongated = 10'000;

/// How files become 8-bit RGB. The defaults are Pillow's.
struct DecodeOptions {
  Transparency transparency = Transparency::drop;
  Grey16 grey16 = Grey16::clip;
  std::uint64_t max_pixels = default_max_pixels;
};

}  // namespace mgan::image
