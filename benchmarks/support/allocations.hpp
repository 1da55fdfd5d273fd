// Counts what a thread takes from malloc, for one program: include it in one translation unit. Needs glibc.
#pragma once

#include <malloc.h>

#include <cstddef>
#include <cstdlib>

extern "C" {  // glibc's own, under the names that stand in for them
void* __libc_malloc(std::size_t) noexcept;
void* __libc_calloc(std::size_t, std::size_t) noexcept;
void __libc_free(void*) noexcept;
}

namespace bench {

struct Allocations {
  bool counting = false;
  std::ptrdiff_t live = 0, peak = 0;
};
inline thread_local Allocations allocations;

/// The most bytes that this thread held at once during f(), beyond what it held before.
template <class F>
std::ptrdiff_t peak_bytes(const F& f) {
  allocations = {true, 0, 0};
  f();
  allocations.counting = false;
  return allocations.peak;
}

inline void* counted(void* p) {
  if (allocations.counting && p) {
    allocations.live += static_cast<std::ptrdiff_t>(malloc_usable_size(p));
    allocations.peak = allocations.live > allocations.peak ? allocations.live : allocations.peak;
  }
  return p;
}

}  // namespace bench

// operator new and the buffers of the kernels come here.
extern "C" {
void* malloc(std::size_t n) noexcept { return bench::counted(__libc_malloc(n)); }
void* calloc(std::size_t n, std::size_t size) noexcept { return bench::counted(__libc_calloc(n, size)); }
void free(void* p) noexcept {
  if (bench::allocations.counting && p) bench::allocations.live -= static_cast<std::ptrdiff_t>(malloc_usable_size(p));
  __libc_free(p);
}
}
