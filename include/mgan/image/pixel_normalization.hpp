// Bytes to numbers of zero mean and unit deviation: (v / divisor - mean) / deviation, channel by channel.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "mgan/image/picture.hpp"

namespace mgan::image {

/// Of bytes scaled to [0, 1] (or left as they are, divisor 1), computed in S; the defaults are CLIP's.
template <class S>
struct BasicPixelNormalization {
  std::array<S, 3> mean{S(0.48145466), S(0.4578275), S(0.40821073)};
  std::array<S, 3> deviation{S(0.26862954), S(0.26130258), S(0.27577711)};
  S divisor = 255;

  /// A number that was divided already, in channel c.
  S scaled(S part, std::size_t c) const { return (part - mean[c]) / deviation[c]; }

  /// (height, width, 3) bytes -> (3, height, width) numbers at `out`; returns their end.
  float* operator()(const Picture& picture, float* out) const {
    std::array<std::array<float, 256>, 3> value;  // of every byte in every channel
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t v = 0; v < 256; ++v) value[c][v] = static_cast<float>(scaled(static_cast<S>(v) / divisor, c));
    const std::size_t pixels = picture.rgb.size() / 3;
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t p = 0; p < pixels; ++p) *out++ = value[c][picture.rgb[3 * p + c]];
    return out;
  }
  std::vector<float> operator()(const Picture& picture) const {
    std::vector<float> out(picture.rgb.size() / 3 * 3);
    (*this)(picture, out.data());
    return out;
  }
};

/// As the image processors of published encoders compute: in double, rounded once.
using PixelNormalization = BasicPixelNormalization<double>;
/// As encoders of our own are trained: in single precision. The last bits differ from those above, and a checkpoint
/// keeps the ones that it was trained on.
using SinglePixelNormalization = BasicPixelNormalization<float>;

}  // namespace mgan::image
