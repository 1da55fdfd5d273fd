// Images a second time, for dW += dC' P, whose vectors run along d: [group of 16][panel of 16 d][k][lane][16 d].
#pragma once

#include "mgan/kernels/cpu/pack.hpp"

namespace mgan::kernels {

struct PackedRows {
  std::int64_t images = 0, rows = 0, width = 0;  // I, K, D
  Buffer numbers;

  std::int64_t groups() const { return (images + lanes - 1) / lanes; }
  std::int64_t panels() const { return (width + lanes - 1) / lanes; }
  /// 16 columns of a group's rows: (K, 16 images, 16).
  const float* panel_at(std::int64_t group, std::int64_t index) const {
    return numbers.data() + (group * panels() + index) * rows * lanes * lanes;
  }
};

/// As pack_images: row k of image i begins at first + i * image_stride + k * row_stride.
template <class ParallelFor>
PackedRows pack_rows(const float* first, std::int64_t images, std::int64_t rows, std::int64_t width,
                     std::int64_t image_stride, std::int64_t row_stride, const ParallelFor& parallel_for) {
  PackedRows packed{images, rows, width, {}};
  packed.numbers = Buffer(static_cast<std::size_t>(packed.groups() * packed.panels() * rows * lanes * lanes));
  parallel_for(packed.groups(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g)
      for (std::int64_t lane = 0; lane < lanes && g * lanes + lane < images; ++lane)
        for (std::int64_t k = 0; k < rows; ++k) {
          const float* from = first + (g * lanes + lane) * image_stride + k * row_stride;
          float* to = packed.numbers.data() + (g * packed.panels() * rows + k) * lanes * lanes + lane * lanes;
          for (std::int64_t d = 0; d < width; ++d) to[d / lanes * rows * lanes * lanes + d % lanes] = from[d];
        }
  });
  return packed;
}

}  // namespace mgan::kernels
