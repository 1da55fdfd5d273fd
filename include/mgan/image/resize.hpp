// Resizing with antialiasing, and cropping.
//
// Output pixel i of n covers input around c = (i + 1/2) s, s = m / n for m input pixels. Its value is
//     sum_j w_j in_j / sum_j w_j,   w_j = f((j + 1/2 - c) / max(s, 1)),
// so that the filter f grows with the scale when the picture shrinks (the convention and the bytes of Pillow 11).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/image/picture.hpp"

namespace mgan::image {

enum class Filter { bilinear, bicubic };

namespace detail {

constexpr double reach(Filter filter) { return filter == Filter::bilinear ? 1.0 : 2.0; }

/// Triangle; or Keys's cubic with a = -1/2.
constexpr double weight(Filter filter, double x) {
  x = x < 0 ? -x : x;
  if (filter == Filter::bilinear) return x < 1 ? 1 - x : 0;
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/// The inputs of one output pixel: `first`, and a fixed-point weight for it and each of its successors.
struct Taps {
  int first = 0;
  std::vector<std::int32_t> weights;  // in 2^-22
};
inline constexpr int fraction_bits = 22;  // 8 bits of pixel, 2 of overshoot, the rest of an int32

/// Of output pixels begin .. end - 1.
inline std::vector<Taps> taps_of(int inputs, int outputs, Filter filter, int begin, int end) {
  const double scale = static_cast<double>(inputs) / outputs, widen = std::max(scale, 1.0);
  const double support = reach(filter) * widen;
  std::vector<Taps> all(static_cast<std::size_t>(end - begin));
  for (int i = begin; i < end; ++i) {
    const double centre = (i + 0.5) * scale;
    Taps& taps = all[static_cast<std::size_t>(i - begin)];
    if (inputs == outputs) {  // what the filter would do, in one step
      taps = {i, {1 << fraction_bits}};
      continue;
    }
    taps.first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int last = std::min(inputs, static_cast<int>(centre + support + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (int j = taps.first; j < last; ++j) {
      weights.push_back(weight(filter, (j - centre + 0.5) / widen));
      sum += weights.back();
    }
    for (const double w : weights) {
      taps.weights.push_back(static_cast<std::int32_t>(std::lround(w / sum * (1 << fraction_bits))));
    }
  }
  return all;
}

/// One axis: `count` lines; the pixels of a line are `step` apart, the lines `line` apart, in both pictures.
inline void filter_axis(const std::uint8_t* in, std::size_t in_line, std::size_t in_step, std::uint8_t* out,
                        std::size_t out_line, std::size_t out_step, std::size_t count, std::span<const Taps> all) {
  for (std::size_t n = 0; n < count; ++n) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::uint8_t* from = in + n * in_line + static_cast<std::size_t>(all[i].first) * in_step;
      std::int32_t sum[3] = {1 << (fraction_bits - 1), 1 << (fraction_bits - 1), 1 << (fraction_bits - 1)};
      for (const std::int32_t w : all[i].weights) {
        for (std::size_t c = 0; c < 3; ++c) sum[c] += w * from[c];
        from += in_step;
      }
      std::uint8_t* const to = out + n * out_line + i * out_step;
      for (std::size_t c = 0; c < 3; ++c)
        to[c] = static_cast<std::uint8_t>(std::clamp(sum[c] >> fraction_bits, 0, 255));
    }
  }
}

inline Picture blank(int width, int height) {
  return {width, height,
          std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)};
}

}  // namespace detail

/// A part of resize(picture, width, height): its columns left .. left + columns - 1, rows top .. top + rows - 1. Costs
/// what the part needs, and some 30 MB besides picture and result.
inline Picture resize_part(const Picture& picture, int width, int height, int left, int top, int columns, int rows,
                           Filter filter = Filter::bicubic) {
  require(picture.width > 0 && picture.height > 0 && width > 0 && height > 0, "resize: from ", picture.width, " x ",
          picture.height, " to ", width, " x ", height);
  require(left >= 0 && top >= 0 && columns > 0 && rows > 0 && left <= width - columns && top <= height - rows,
          "resize: ", columns, " x ", rows, " pixels at (", left, ", ", top, ") of ", width, " x ", height);
  const std::vector<detail::Taps> across = detail::taps_of(picture.width, width, filter, left, left + columns);
  std::vector<detail::Taps> down = detail::taps_of(picture.height, height, filter, top, top + rows);
  const int first = down.front().first, last = down.back().first + static_cast<int>(down.back().weights.size());
  for (detail::Taps& taps : down) taps.first -= first;
  const auto lines = static_cast<std::size_t>(last - first), in_row = static_cast<std::size_t>(picture.width) * 3,
             row = static_cast<std::size_t>(columns) * 3;
  // In strips of columns: all columns of all input rows at once may be many times the picture.
  const std::size_t strip = std::max<std::size_t>(1, (std::size_t{1} << 25) / (3 * lines));
  Picture out = detail::blank(columns, rows);
  std::vector<std::uint8_t> between;  // (lines, n, 3)
  for (std::size_t begin = 0; begin < across.size(); begin += strip) {
    const std::size_t n = std::min(strip, across.size() - begin);
    between.resize(lines * n * 3);
    detail::filter_axis(picture.rgb.data() + static_cast<std::size_t>(first) * in_row, in_row, 3, between.data(), n * 3,
                        3, lines, std::span(across).subspan(begin, n));
    detail::filter_axis(between.data(), 3, n * 3, out.rgb.data() + begin * 3, 3, row, n, down);
  }
  return out;
}

/// The whole picture in width x height pixels: rows first, then columns, rounded to 8 bits in between.
inline Picture resize(const Picture& picture, int width, int height, Filter filter = Filter::bicubic) {
  if (width == picture.width && height == picture.height && width > 0 && height > 0) return picture;
  return resize_part(picture, width, height, 0, 0, width, height, filter);
}

/// width x height pixels from the middle; an odd remainder goes to the right and to the bottom.
inline Picture center_crop(const Picture& picture, int width, int height) {
  require(width > 0 && height > 0 && width <= picture.width && height <= picture.height, "center_crop: ", width, " x ",
          height, " from ", picture.width, " x ", picture.height);
  const auto left = static_cast<std::size_t>((picture.width - width) / 2);
  const auto top = static_cast<std::size_t>((picture.height - height) / 2);
  Picture out = detail::blank(width, height);
  const auto row = static_cast<std::size_t>(width) * 3;
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) {
    const auto* from = picture.rgb.data() + ((top + y) * static_cast<std::size_t>(picture.width) + left) * 3;
    std::copy(from, from + row, out.rgb.data() + y * row);
  }
  return out;
}

}  // namespace mgan::image
