// Every body as a kernel, and its start. For nvcc alone.
#pragma once

#include "mgan/kernels/cuda/launch.hpp"

namespace mgan::kernels::cuda {

/// The lanes of a warp, side by side.
struct WarpTeam {
  template <class F>
  __device__ void each(const F& f) const {
    f(static_cast<int>(threadIdx.x));
    __syncthreads();
  }
};

/// Registers for 16 blocks a multiprocessor, 128 a lane: shared memory holds no more of them at K = 16, L = 32.
inline constexpr int blocks_a_multiprocessor = 16;

/// Two kernels of a body with workspace, so that each knows where that is.
template <class Kernel>
__global__ void __launch_bounds__(lanes_a_block, blocks_a_multiprocessor) run_in_shared(Kernel kernel) {
  extern __shared__ float shared[];
  kernel(WarpTeam{}, blockIdx.x, gridDim.x, shared);
}
template <class Kernel>
__global__ void __launch_bounds__(lanes_a_block, blocks_a_multiprocessor)
    run_in_slab(Kernel kernel, float* slab, std::int64_t floats) {
  kernel(WarpTeam{}, blockIdx.x, gridDim.x, slab + blockIdx.x * floats);
}

template <class Kernel>
int start(const Kernel& kernel, const Launch& how) {
  constexpr std::size_t without_asking = 48 * 1024;
  const std::size_t bytes = how.slab ? 0 : static_cast<std::size_t>(how.floats) * sizeof(float);
  cudaError_t error = cudaSuccess;
  if (bytes > without_asking)
    error = cudaFuncSetAttribute(run_in_shared<Kernel>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 static_cast<int>(bytes));
  if (error == cudaSuccess) {
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3(static_cast<unsigned>(how.grid));
    config.blockDim = dim3(lanes_a_block);
    config.dynamicSmemBytes = bytes;
    config.stream = how.stream;
    if constexpr (Kernel::has_workspace) {
      if (how.slab) error = cudaLaunchKernelEx(&config, run_in_slab<Kernel>, kernel, how.slab, how.floats);
      else error = cudaLaunchKernelEx(&config, run_in_shared<Kernel>, kernel);
    } else {
      error = cudaLaunchKernelEx(&config, run_in_shared<Kernel>, kernel);
    }
  }
  if (error != cudaSuccess) (void)cudaGetLastError();  // it is reported here, and not to whoever asks next
  return error;
}

}  // namespace mgan::kernels::cuda
