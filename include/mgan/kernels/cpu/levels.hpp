// One source, compiled for several sets of instructions, in a binary built without -march.
#pragma once

#include "mgan/kernels/cpu/dot_products.hpp"

namespace mgan::kernels {

/// Instructions that a kernel is compiled for; the best that the machine has is chosen when it runs. avx512_dot has
/// the dot products of a format besides: AVX-512 BF16 for bf16, AVX-512 VNNI for int8. fp32 has none.
enum class Level { portable, avx2, avx512, avx512_dot };

template <class Format = Fp32>
Level best_level() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return has_dot_products(Format{}) ? Level::avx512_dot : Level::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Level::avx2;
#endif
  return Level::portable;
}
inline const char* name_of(Level level) {
  constexpr const char* names[] = {"portable", "AVX2", "AVX-512", "AVX-512 with dot products"};
  return names[static_cast<int>(level)];
}

namespace detail {

/// A task at each level. Not inline: `extern template` keeps them out of a unit (compiled.hpp).
template <class Task>
struct Compiled {
#ifdef __x86_64__
  [[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] static void avx512(const Task& task);
  [[gnu::target("avx2,fma")]] static void avx2(const Task& task);
#endif
  static void portable(const Task& task);
};

#ifdef __x86_64__
/// A task that has dot products.
template <class Task>
struct CompiledDot {
  [[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] static void run(const Task& task);
};

template <class Task>
[[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] void CompiledDot<Task>::run(const Task& task) {
  task.run_dot();
}
template <class Task>
[[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] void Compiled<Task>::avx512(const Task& task) {
  task.template run<16>();
}
template <class Task>
[[gnu::target("avx2,fma")]] void Compiled<Task>::avx2(const Task& task) {
  task.template run<8>();
}
#endif
template <class Task>
void Compiled<Task>::portable(const Task& task) {
  task.template run<4>();
}

}  // namespace detail

/// task.run<W>() for vectors of W floats, or task.run_dot() where the task has it and the level too. Everything from
/// `run` down to the vectors has to be always_inline.
template <class Task>
void run_at(Level level, const Task& task) {
#ifdef __x86_64__
  if constexpr (requires { task.run_dot(); })
    if (level == Level::avx512_dot) return detail::CompiledDot<Task>::run(task);
  if (level >= Level::avx512) return detail::Compiled<Task>::avx512(task);
  if (level == Level::avx2) return detail::Compiled<Task>::avx2(task);
#endif
  detail::Compiled<Task>::portable(task);
}

}  // namespace mgan::kernels
