// Images a second time, for dW += dC' P, whose vectors run along d: [group of 16][panel of 16 d][k][lane][16 d].
#pragma once

#include "mgan/kernels/cpu/rows/pack.hpp"

namespace mgan::kernels {

struct ImageColumns {
  std::int64_t images = 0, rows = 0, width = 0;  // I, K, D
  Buffer numbers;

  std::int64_t groups() const { return (images + lanes - 1) / lanes; }
  std::int64_t panels() const { return (width + lanes - 1) / lanes; }
  /// 16 columns of a group's rows: (K, 16 images, 16).
  const float* panel_at(std::int64_t group, std::int64_t index) const {
    return numbers.data() + (group * panels() + index) * rows * lanes * lanes;
  }
};

template <class ParallelFor>
ImageColumns pack_columns(const ImageRows& rows, const ParallelFor& parallel_for) {
  const std::int64_t K = rows.rows;
  ImageColumns packed{rows.images, K, rows.width, {}};
  packed.numbers = Buffer(packed.groups() * packed.panels() * K * lanes * lanes);
  parallel_for(packed.groups(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g)
      for (std::int64_t lane = 0; lane < lanes && g * lanes + lane < rows.images; ++lane)
        for (std::int64_t k = 0; k < K; ++k) {
          const float* from = rows.at(g * lanes + lane, k);
          float* to = packed.numbers.data() + (g * packed.panels() * K + k) * lanes * lanes + lane * lanes;
          for (std::int64_t d = 0; d < rows.width; ++d) to[d / lanes * K * lanes * lanes + d % lanes] = from[d];
        }
  });
  return packed;
}

}  // namespace mgan::kernels
