// Every CUDA kernel of mgan, instantiated once. The target mgan::cuda adds this file to the target that links it.
#include "mgan/kernels/cuda/launch.cuh"

namespace mgan::kernels::cuda {

int launch(const ScoreInteraction<DenseTile>& kernel, const Launch& how) { return start(kernel, how); }
int launch(const InteractionGradient<DenseTile>& kernel, const Launch& how) { return start(kernel, how); }
int launch(const InteractionGradient<PairList>& kernel, const Launch& how) { return start(kernel, how); }
int launch(const ScoreMaxima<DenseTile>& kernel, const Launch& how) { return start(kernel, how); }
int launch(const MaximaGradient<DenseTile>& kernel, const Launch& how) { return start(kernel, how); }
int launch(const MaximaGradient<PairList>& kernel, const Launch& how) { return start(kernel, how); }
int launch(const SumPartials& kernel, const Launch& how) { return start(kernel, how); }

int shared_memory(int& bytes) {
  int device = 0;
  const cudaError_t error = cudaGetDevice(&device);
  if (error != cudaSuccess) return error;
  return cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
}

const char* error_text(int code) { return cudaGetErrorString(static_cast<cudaError_t>(code)); }

}  // namespace mgan::kernels::cuda
