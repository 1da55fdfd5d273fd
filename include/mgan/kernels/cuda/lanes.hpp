// What a block of the CUDA kernels is made of: 32 lanes, and vectors of theirs side by side in shared memory.
//
// Everything in this folder but launch.cuh is plain C++17 that a host compiler takes too: tests run the same bodies,
// lane after lane, under the sanitizers.
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define MGAN_HOST_DEVICE __host__ __device__
#else
#define MGAN_HOST_DEVICE
#endif

namespace mgan::kernels::cuda {

/// A block is one warp; a lane is one pair of an image and a caption.
inline constexpr int lanes_a_block = 32;

/// Entry i of lane m is at i * 33 + m: neither entries of 32 lanes nor 32 entries of a lane share a bank.
inline constexpr int lane_step = lanes_a_block + 1;

/// The entries of one lane.
struct LaneVector {
  float* first;
  MGAN_HOST_DEVICE float& operator[](int i) const { return first[i * lane_step]; }
};

/// Workspace of a block: six vectors a lane. x, p, q and d have `longest` entries, s has one a row of the image, t one
/// a word. Scoring needs the first four alone.
struct Workspace {
  float* first;
  int longest, rows, words;

  /// Floats a block, for K rows and captions of at most n words.
  static std::int64_t floats(std::int64_t K, std::int64_t n, bool gradient) {
    return lane_step * ((gradient ? 4 : 2) * (K > n ? K : n) + K + n);
  }
  MGAN_HOST_DEVICE float* x() const { return first; }
  MGAN_HOST_DEVICE float* p() const { return x() + longest * lane_step; }
  MGAN_HOST_DEVICE float* s() const { return p() + longest * lane_step; }
  MGAN_HOST_DEVICE float* t() const { return s() + rows * lane_step; }
  MGAN_HOST_DEVICE float* q() const { return t() + words * lane_step; }
  MGAN_HOST_DEVICE float* d() const { return q() + longest * lane_step; }
};

}  // namespace mgan::kernels::cuda
