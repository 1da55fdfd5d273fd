// Counts what a thread takes from operator new, for one program: include it in one translation unit.
#pragma once

#include <malloc.h>

#include <cstddef>
#include <cstdlib>
#include <new>

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
  if (!p) throw std::bad_alloc();
  if (allocations.counting) {
    allocations.live += static_cast<std::ptrdiff_t>(malloc_usable_size(p));
    allocations.peak = allocations.live > allocations.peak ? allocations.live : allocations.peak;
  }
  return p;
}
inline void uncounted(void* p) {
  if (allocations.counting && p) allocations.live -= static_cast<std::ptrdiff_t>(malloc_usable_size(p));
  std::free(p);
}

}  // namespace bench

void* operator new(std::size_t n) { return bench::counted(std::malloc(n ? n : 1)); }
void* operator new(std::size_t n, std::align_val_t a) {
  const auto align = static_cast<std::size_t>(a);
  return bench::counted(std::aligned_alloc(align, (n + align - 1) / align * align));
}
void operator delete(void* p) noexcept { bench::uncounted(p); }
void operator delete(void* p, std::size_t) noexcept { bench::uncounted(p); }
void operator delete(void* p, std::align_val_t) noexcept { bench::uncounted(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { bench::uncounted(p); }
