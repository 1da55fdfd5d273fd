// What every layout is made with: memory, a transposition, and the default of `parallel_for`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "mgan/kernels/cpu/simd/vectors.hpp"

namespace mgan::kernels {

/// The default of every `parallel_for`: all of 0..n-1 on the caller's thread.
struct serially {
  template <class F>
  void operator()(std::int64_t n, const F& f) const {
    f(std::int64_t{0}, n);
  }
};

/// Memory whose first element begins a cache line: zeros, which cost nothing until they are written.
template <class T>
class BufferOf {
 public:
  BufferOf() = default;
  explicit BufferOf(std::int64_t count)
      : count_(static_cast<std::size_t>(count) + 16),
        storage_(static_cast<T*>(std::calloc(count_, sizeof(T))), std::free) {
    if (!storage_) throw std::bad_alloc();
  }
  /// Numbers that lie elsewhere, in a mapped file for one; they have to outlive this object, and are only read.
  static BufferOf over(const T* elsewhere) {
    BufferOf buffer;
    buffer.elsewhere_ = elsewhere;
    return buffer;
  }
  T* data() {
    const auto address = reinterpret_cast<std::uintptr_t>(storage_.get());
    return storage_.get() + ((64 - address % 64) % 64) / sizeof(T);
  }
  const T* data() const { return elsewhere_ ? elsewhere_ : const_cast<BufferOf*>(this)->data(); }
  std::size_t bytes() const { return count_ * sizeof(T); }

 private:
  static_assert(sizeof(T) == 4);
  std::size_t count_ = 0;
  std::unique_ptr<T[], void (*)(void*)> storage_{nullptr, std::free};
  const T* elsewhere_ = nullptr;
};
using Buffer = BufferOf<float>;

/// to[d * next + r] = from[r][d], 4 x 4 numbers at a time.
inline void interleave(const float* const* from, std::int64_t count, std::int64_t width, float* to, std::int64_t next) {
  std::int64_t d = 0;
  for (; d + 4 <= width; d += 4) {
    std::int64_t r = 0;
    for (; r + 4 <= count; r += 4) {
      Floats<4> a, b, e, f;
      load<4>(a, from[r] + d);
      load<4>(b, from[r + 1] + d);
      load<4>(e, from[r + 2] + d);
      load<4>(f, from[r + 3] + d);
      const Floats<4> ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), ef = __builtin_shufflevector(e, f, 0, 4, 1, 5);
      const Floats<4> AB = __builtin_shufflevector(a, b, 2, 6, 3, 7), EF = __builtin_shufflevector(e, f, 2, 6, 3, 7);
      store<4>(to + d * next + r, __builtin_shufflevector(ab, ef, 0, 1, 4, 5));
      store<4>(to + (d + 1) * next + r, __builtin_shufflevector(ab, ef, 2, 3, 6, 7));
      store<4>(to + (d + 2) * next + r, __builtin_shufflevector(AB, EF, 0, 1, 4, 5));
      store<4>(to + (d + 3) * next + r, __builtin_shufflevector(AB, EF, 2, 3, 6, 7));
    }
    for (; r < count; ++r)
      for (std::int64_t e = d; e < d + 4; ++e) to[e * next + r] = from[r][e];
  }
  for (; d < width; ++d)
    for (std::int64_t r = 0; r < count; ++r) to[d * next + r] = from[r][d];
}

}  // namespace mgan::kernels
