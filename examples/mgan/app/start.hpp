#pragma once

#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace program {

/// First line of main. LibTorch's OpenMP threads spin between parallel regions, and beside one busy process they spin
/// away the time slices that the others need (docs/performance.md). The policy is read when the library is loaded:
/// start anew with it set. A file size limit becomes a write error with a message instead of a death.
inline void start(char** argv) {
  if (!std::getenv("OMP_WAIT_POLICY") && !std::getenv("GOMP_SPINCOUNT")) {
    ::setenv("OMP_WAIT_POLICY", "passive", 1);
    ::execv("/proc/self/exe", argv);  // returns only if it failed; then the default policy will do
  }
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace program
