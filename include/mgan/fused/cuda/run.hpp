// A kernel on LibTorch's current stream, with its workspace, and its error as a sentence.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>

#include "mgan/core/error.hpp"
#include "mgan/kernels/cuda/launch.hpp"

namespace mgan::cuda {

/// What c10::cuda::getCurrentCUDAStream() is, without a header of CUDA.
inline CUstream_st* current_stream(at::Device device) {
  if (!device.is_cuda()) return nullptr;  // kernels that tests emulate
  const c10::impl::VirtualGuardImpl cuda(device.type());
  return static_cast<CUstream_st*>(cuda.getStreamNativeHandle(cuda.getStream(device)));
}

/// Workspace that does not fit into shared memory, at most: 64 MB for all blocks together.
inline constexpr std::int64_t slab_floats = std::int64_t{1} << 24;

/// Starts a kernel with at most `grid` blocks of `floats` workspace on the current device, which is that of `like`.
template <class Kernel>
void run(const Kernel& kernel, std::int64_t grid, std::int64_t floats, const at::Tensor& like) {
  namespace kc = kernels::cuda;
  const auto check = [&](int code, std::int64_t blocks) {
    if (code != 0)
      fail("CUDA kernel ", Kernel::name, " (", blocks, " blocks, ", floats * 4,
           " bytes of workspace each): ", kc::error_text(code));
  };
  constexpr std::int64_t most_blocks = (std::int64_t{1} << 31) - 1;
  kc::Launch how{current_stream(like.device()), std::clamp<std::int64_t>(grid, 1, most_blocks), floats, nullptr};
  int shared = 0;
  check(kc::shared_memory(shared), how.grid);
  at::Tensor slab;
  if (floats * 4 > shared) {
    how.grid = std::clamp<std::int64_t>(slab_floats / floats, 1, how.grid);
    slab = at::empty({how.grid, floats}, like.options().dtype(at::kFloat));  // (blocks, floats)
    how.slab = slab.mutable_data_ptr<float>();
  }
  check(kc::launch(kernel, how), how.grid);
}

}  // namespace mgan::cuda
