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

/// Two kernels of every body, so that each knows where its workspace is.
template <class Kernel>
__global__ void __launch_bounds__(lanes_a_block) run_in_shared(Kernel kernel) {
  extern __shared__ float shared[];
  kernel(WarpTeam{}, blockIdx.x, gridDim.x, shared);
}
template <class Kernel>
__global__ void __launch_bounds__(lanes_a_block) run_in_slab(Kernel kernel, float* slab, std::int64_t floats) {
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
    error = how.slab ? cudaLaunchKernelEx(&config, run_in_slab<Kernel>, kernel, how.slab, how.floats)
                     : cudaLaunchKernelEx(&config, run_in_shared<Kernel>, kernel);
  }
  if (error != cudaSuccess) (void)cudaGetLastError();  // it is reported here, and not to whoever asks next
  return error;
}

}  // namespace mgan::kernels::cuda
