// The host's side of the kernels: one overload a kernel, defined in kernels.cu beside it, which the target mgan::cuda
// adds to yours. No CUDA header is needed here.
#pragma once

#include "mgan/kernels/cuda/interaction.hpp"
#include "mgan/kernels/cuda/maxima.hpp"
#include "mgan/kernels/cuda/sum_partials.hpp"

struct CUstream_st;

namespace mgan::kernels::cuda {

/// How a kernel is started. Its workspace is shared memory, unless `slab` has room for every block.
struct Launch {
  CUstream_st* stream = nullptr;
  std::int64_t grid = 1;    // blocks that run; each takes every grid-th piece of the work
  std::int64_t floats = 0;  // workspace of a block
  float* slab = nullptr;    // (grid, floats) on the device
};

/// All pointers are to memory of the current device; nothing is waited for. The results are
/// CUDA's error codes, 0 for none.
int launch(const ScoreInteraction<DenseTile>& kernel, const Launch& how);
int launch(const InteractionGradient<DenseTile>& kernel, const Launch& how);
int launch(const InteractionGradient<PairList>& kernel, const Launch& how);
int launch(const ScoreMaxima<DenseTile>& kernel, const Launch& how);
int launch(const MaximaGradient<DenseTile>& kernel, const Launch& how);
int launch(const MaximaGradient<PairList>& kernel, const Launch& how);
int launch(const SumPartials& kernel, const Launch& how);

/// Shared memory that a block of the current device may have, in bytes.
int shared_memory(int& bytes);
/// CUDA's text for a code.
const char* error_text(int code);

}  // namespace mgan::kernels::cuda
