// The sum of the blocks' partial results, in the order of the blocks: the same bits in every run.
#pragma once

#include "mgan/kernels/cuda/lanes.hpp"

namespace mgan::kernels::cuda {

struct SumPartials {
  static constexpr const char* name = "sum_partials";
  static constexpr bool has_workspace = false;
  const float* partials;  // (parts, entries)
  std::int64_t parts, entries;
  float* sums;  // (entries)

  MGAN_HOST_DEVICE std::int64_t blocks() const { return (entries + lanes_a_block - 1) / lanes_a_block; }

  template <class Team>
  MGAN_HOST_DEVICE void operator()(const Team& team, std::int64_t block, std::int64_t grid, float*) const {
    for (; block < blocks(); block += grid)
      team.each([&](int lane) {
        const std::int64_t entry = block * lanes_a_block + lane;
        if (entry >= entries) return;
        double sum = 0;
        for (std::int64_t part = 0; part < parts; ++part) sum += static_cast<double>(partials[part * entries + entry]);
        sums[entry] = static_cast<float>(sum);
      });
  }
};

}  // namespace mgan::kernels::cuda
