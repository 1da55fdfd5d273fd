// glibc's malloc as it is, and tuned as long-running LibTorch programs tune it: pages once had are kept, so that large
// tensors do not fault in fresh pages every time.
#pragma once

#include <malloc.h>

namespace bench {

enum class Malloc {
  plain,  // the state that glibc's own rule arrives at: blocks beyond 32 MB are mapped, and 64 MB free at the top go
          // back
  tuned,  // nothing is mapped, nothing goes back (MALLOC_MMAP_MAX_=0, MALLOC_TRIM_THRESHOLD_=-1)
};

inline const char* name_of(Malloc mode) { return mode == Malloc::plain ? "plain malloc" : "tuned malloc"; }

inline void set_malloc(Malloc mode) {
  static Malloc current = [] {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    return Malloc::plain;
  }();
  if (mode == current) return;
  current = mode;
  mallopt(M_MMAP_MAX, mode == Malloc::tuned ? 0 : 65536);
  mallopt(M_TRIM_THRESHOLD, mode == Malloc::tuned ? -1 : 64 << 20);
  if (mode == Malloc::plain) malloc_trim(0);
}

}  // namespace bench
