// Rows times a few directions, in double: P (S, R) = X (S, D) Q (D, R). Heads and their rotation come from it.
//
// Every number is one chain of multiply-adds over D, in order, so that tiles and threads change nothing.
#pragma once

#include "mgan/kernels/cpu/simd/target.hpp"

namespace mgan::kernels {

namespace detail {

template <int W>
struct DoubleTypes {
  typedef double vector __attribute__((vector_size(8 * W)));
  typedef double unaligned __attribute__((vector_size(8 * W), aligned(8), may_alias));
};

/// Rows [first, last) of P. next: from a row of Q or P to the next, a multiple of 32.
template <class Row>
struct Projection {
  const Row& row;   // row(s): D floats
  const double* q;  // (D, next)
  double* p;        // (S, next)
  std::int64_t width, next, first, last;

  template <int V, int Rows, int Vectors>
  [[gnu::always_inline]] void tile(std::int64_t s, std::int64_t r) const {
    using Vector = typename DoubleTypes<V>::vector;
    using Unaligned = typename DoubleTypes<V>::unaligned;
    const float* x[Rows];
    for (int j = 0; j < Rows; ++j) x[j] = row(s + j);
    Vector sum[Rows][Vectors] = {};
    for (std::int64_t d = 0; d < width; ++d) {
      Vector v[Vectors];
#pragma GCC unroll 4
      for (int k = 0; k < Vectors; ++k) v[k] = *reinterpret_cast<const Unaligned*>(q + d * next + r + k * V);
#pragma GCC unroll 4
      for (int j = 0; j < Rows; ++j) {
        const auto a = static_cast<double>(x[j][d]);
#pragma GCC unroll 4
        for (int k = 0; k < Vectors; ++k) sum[j][k] += v[k] * a;
      }
    }
#pragma GCC unroll 4
    for (int j = 0; j < Rows; ++j)
#pragma GCC unroll 4
      for (int k = 0; k < Vectors; ++k) *reinterpret_cast<Unaligned*>(p + (s + j) * next + r + k * V) = sum[j][k];
  }
  template <Target target>
  [[gnu::always_inline]] void run() const {
    constexpr int W = width_of(target), V = W / 2, vectors = W == 16 ? 4 : 2, rows = W == 4 ? 2 : 4;
    std::int64_t s = first;
    for (; s + rows <= last; s += rows)
      for (std::int64_t r = 0; r < next; r += V * vectors) tile<V, rows, vectors>(s, r);
    for (; s < last; ++s)
      for (std::int64_t r = 0; r < next; r += V * vectors) tile<V, 1, vectors>(s, r);
  }
};

}  // namespace detail

/// R rounded up to whole tiles.
inline std::int64_t padded_directions(std::int64_t count) { return (count + 31) / 32 * 32; }

/// p (samples, next) = rows times q (width, next); row(s) points to `width` floats.
template <class Row, class ParallelFor>
void project(const Row& row, std::int64_t samples, std::int64_t width, const double* q, std::int64_t next, double* p,
             const ParallelFor& parallel_for, Target target = best_target()) {
  constexpr std::int64_t a_task = 64;
  parallel_for((samples + a_task - 1) / a_task, [&](std::int64_t first, std::int64_t last) {
    run_on(target, detail::Projection<Row>{row, q, p, width, next, first * a_task, std::min(samples, last * a_task)});
  });
}

}  // namespace mgan::kernels
