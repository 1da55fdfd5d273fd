// The CUDA kernels' bodies on the host: block after block and lane after lane, with the index arithmetic of the GPU.
//
// Every workspace is a vector of its own, of exactly the size that is asked for and full of NaN, so that
// AddressSanitizer sees what lies outside, and a number that nobody wrote spoils the result. `backwards` runs lanes in
// the opposite order: where two lanes of one phase disturb each other, the results differ.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "mgan/kernels/cuda/launch.hpp"

namespace support {

struct SerialTeam {
  bool backwards = false;

  template <class F>
  void each(const F& f) const {
    using mgan::kernels::cuda::lanes_a_block;
    for (int lane = 0; lane < lanes_a_block; ++lane) f(backwards ? lanes_a_block - 1 - lane : lane);
  }
};

template <class Kernel>
int emulate(const Kernel& kernel, const mgan::kernels::cuda::Launch& how, bool backwards = false) {
  for (std::int64_t block = 0; block < how.grid; ++block) {
    if (how.slab) {
      kernel(SerialTeam{backwards}, block, how.grid, how.slab + block * how.floats);
    } else {
      std::vector<float> shared(static_cast<std::size_t>(how.floats), NAN);
      kernel(SerialTeam{backwards}, block, how.grid, shared.data());
    }
  }
  return 0;
}

}  // namespace support
