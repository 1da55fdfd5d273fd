// The kernels in a program without LibTorch. Without a GPU it prints what CUDA says, which shows that it is asked.
#include <cstdio>

#include "mgan/kernels/cuda/launch.hpp"

namespace kc = mgan::kernels::cuda;

int main() {
  int bytes = 0;
  const int code = kc::shared_memory(bytes);
  const int started = kc::launch(kc::SumPartials{nullptr, 0, 0, nullptr}, {});
  if (code != 0) {
    std::printf("no GPU: %s; %s\n", kc::error_text(code), kc::error_text(started));
    return started != 0 ? 0 : 1;
  }
  std::printf("%d bytes of shared memory; %s\n", bytes, kc::error_text(started));
  return started == 0 && bytes > 0 ? 0 : 1;
}
