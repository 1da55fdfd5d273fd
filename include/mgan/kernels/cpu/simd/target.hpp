// One source, compiled for several sets of instructions, in a binary built without -march. The best that the machine
// has is chosen when it runs; MGAN_TARGET=avx2 and the like hold it to less, to find out what an instruction does.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/kernels/cpu/simd/tiles.hpp"
#include "mgan/kernels/cpu/simd/vectors.hpp"

namespace mgan::kernels {

/// Sets of instructions. The first three serve any kernel, by vectors of the compiler; the others are instructions that
/// one precision of products has of its own (Precision::Own). Matrix tiles (AMX) are taken where MGAN_TARGET names
/// them.
enum class Target { portable, avx2, avx512, avx512_bf16, avx512_vnni, amx_bf16, amx_int8 };

/// A list of targets as a type.
template <Target... all>
struct Targets {
  /// f<target>() of each in turn, until one returns true.
  template <class F>
  static bool any(const F& f) {
    return (f.template operator()<all>() || ...);
  }
};
using VectorTargets = Targets<Target::portable, Target::avx2, Target::avx512>;
using AllTargets = Targets<Target::portable, Target::avx2, Target::avx512, Target::avx512_bf16, Target::avx512_vnni>;

/// Floats of a vector.
constexpr int width_of(Target target) { return target == Target::portable ? 4 : target == Target::avx2 ? 8 : 16; }

/// As MGAN_TARGET has it.
inline const char* name_of(Target target) {
  constexpr const char* names[] = {"portable", "avx2", "avx512", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8"};
  return names[static_cast<int>(target)];
}

/// Whether this machine has the instructions.
inline bool machine_has(Target target) {
#ifdef __x86_64__
  const bool avx512 =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  switch (target) {
    case Target::portable:
      return true;
    case Target::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Target::avx512:
      return avx512;
    case Target::avx512_bf16:
      return avx512 && __builtin_cpu_supports("avx512bf16");
    case Target::avx512_vnni:
      return avx512 && __builtin_cpu_supports("avx512vnni");
    case Target::amx_bf16:
      return avx512 && has_tiles(22);
    case Target::amx_int8:
      return avx512 && has_tiles(25);
  }
#endif
  return target == Target::portable;
}

namespace detail {

/// How far a target goes: those of one rank have the same vectors.
constexpr int rank_of(Target target) {
  return target >= Target::amx_bf16 ? 4 : target >= Target::avx512_bf16 ? 3 : static_cast<int>(target);
}

/// The highest rank that MGAN_TARGET allows; nothing given: any but matrix tiles. Errors: no such target, or not on
/// this machine.
inline int allowed_rank(const char* wanted) {
  if (wanted == nullptr || *wanted == '\0') return rank_of(Target::avx512_vnni);
  std::string names;
  int rank = -1;
  AllTargets::any([&]<Target target>() {
    names += std::string(names.empty() ? "" : ", ") + name_of(target);
    if (std::string_view(wanted) != name_of(target)) return false;
    require(machine_has(target), "MGAN_TARGET=", wanted, ": this machine does not have these instructions");
    rank = rank_of(target);
    return true;
  });
  require(rank >= 0, "MGAN_TARGET=", wanted, ": expected one of ", names);
  return rank;
}

/// All targets of a list that this machine has and MGAN_TARGET allows, the best one last.
template <Target... all>
std::vector<Target> usable(Targets<all...>) {
  static const int rank = allowed_rank(std::getenv("MGAN_TARGET"));
  std::vector<Target> found;
  for (const Target target : {all...})
    if (rank_of(target) <= rank && machine_has(target)) found.push_back(target);
  return found;
}

struct VectorsAlone {
  using Own = Targets<>;
};

template <Target... vectors, Target... own>
Targets<vectors..., own...> joined(Targets<vectors...>, Targets<own...>);

/// A task for each target. Not inline: `extern template` keeps them out of a unit (compiled.hpp).
template <class Task>
struct Compiled {
#ifdef __x86_64__
  [[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] static void avx512(const Task& task);
  [[gnu::target("avx2,fma")]] static void avx2(const Task& task);
#endif
  static void portable(const Task& task);
};

#ifdef __x86_64__
/// A task by instructions of its precision; the tile that has them is compiled for them, and called.
template <class Task, Target target>
struct CompiledOwn {
  [[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] static void run(const Task& task);
};

template <class Task, Target target>
[[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] void CompiledOwn<Task, target>::run(const Task& task) {
  task.template run<target>();
}
template <class Task>
[[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] void Compiled<Task>::avx512(const Task& task) {
  task.template run<Target::avx512>();
}
template <class Task>
[[gnu::target("avx2,fma")]] void Compiled<Task>::avx2(const Task& task) {
  task.template run<Target::avx2>();
}
#endif
template <class Task>
void Compiled<Task>::portable(const Task& task) {
  task.template run<Target::portable>();
}

}  // namespace detail

/// The targets that a kernel can run on here, the best one last. Precision: of its products; none for vectors alone.
template <class Precision = detail::VectorsAlone>
std::vector<Target> targets() {
  return detail::usable(decltype(detail::joined(VectorTargets{}, typename Precision::Own{})){});
}
template <class Precision = detail::VectorsAlone>
Target best_target() {
  static const Target best = targets<Precision>().back();
  return best;
}

/// task.run<target>(). A task with products names their precision, `Task::Precision`, whose own targets it then has
/// too. Everything from `run` down to the vectors has to be always_inline.
template <class Task>
void run_on(Target target, const Task& task) {
#ifdef __x86_64__
  if constexpr (requires { typename Task::Precision; })
    if (Task::Precision::Own::any([&]<Target own>() {
          if (target == own) detail::CompiledOwn<Task, own>::run(task);
          return target == own;
        }))
      return;
  if (width_of(target) == 16) return detail::Compiled<Task>::avx512(task);
  if (target == Target::avx2) return detail::Compiled<Task>::avx2(task);
#endif
  detail::Compiled<Task>::portable(task);
}

}  // namespace mgan::kernels
