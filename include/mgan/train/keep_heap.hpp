// Memory that a step had stays with the process: large tensors do not fault in fresh pages in every step.
#pragma once

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace mgan::train {

/// Asks glibc's malloc, for the whole process, never to map a large block on its own, to give nothing back, and to
/// serve all threads from one heap. A training step at the paper's sizes faults in 0.3 million fresh pages otherwise, a
/// tenth of its time; with it the peak of memory grows by a tenth (docs/performance.md). To be called once, before
/// tensors are made; elsewhere than on glibc it does nothing. CPU tensors alone: LibTorch keeps a GPU's memory by
/// itself.
inline void keep_heap() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, -1);
  ::mallopt(M_TOP_PAD, 64 << 20);
  ::mallopt(M_ARENA_MAX, 1);
#endif
}

}  // namespace mgan::train
