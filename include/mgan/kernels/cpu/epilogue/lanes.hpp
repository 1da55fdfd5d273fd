// What epilogues are made of: vectors of lanes, one pair a lane, and a square weight that multiplies them.
#pragma once

#include "mgan/kernels/cpu/simd/vectors.hpp"

namespace mgan::kernels {

/// Independent vectors of n entries, of W lanes each: entry i of vector q is at first + i * step + q * next.
template <class Number>
struct LaneVectorsOf {
  Number* first;
  std::int64_t step, next, n;

  [[gnu::always_inline]] Number* at(std::int64_t i, std::int64_t q) const { return first + i * step + q * next; }
  /// From vector q on.
  [[gnu::always_inline]] LaneVectorsOf from(std::int64_t q) const { return {first + q * next, step, next, n}; }
};
using LaneVectors = LaneVectorsOf<const float>;

/// A (n, n) of which the leading block is used: A(r, j) is at first + r * row + j * column.
struct SquareWeight {
  const float* first;
  std::int64_t row, column;

  [[gnu::always_inline]] SquareWeight transposed() const { return {first, column, row}; }
  [[gnu::always_inline]] SquareWeight from_row(std::int64_t r) const { return {first + r * row, row, column}; }
};
[[gnu::always_inline]] inline SquareWeight square(const float* first, std::int64_t leading) {
  return {first, leading, 1};
}

/// R rows of y = A e for Q vectors of n entries; e and y are [n][Q] vectors.
template <int W, int R, int Q>
[[gnu::always_inline]] inline void rows_times(const SquareWeight& A, std::int64_t n, const float* e, float* y) {
  Floats<W> sum[R][Q] = {};
  for (std::int64_t j = 0; j < n; ++j) {
    Floats<W> x[Q];
#pragma GCC unroll 4
    for (int q = 0; q < Q; ++q) load<W>(x[q], e + (j * Q + q) * W);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const float a = A.first[r * A.row + j * A.column];
#pragma GCC unroll 4
      for (int q = 0; q < Q; ++q) sum[r][q] += x[q] * a;
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int q = 0; q < Q; ++q) store<W>(y + (r * Q + q) * W, sum[r][q]);
}

/// y = A e, all n rows.
template <int W, int Q>
[[gnu::always_inline]] inline void times(const SquareWeight& A, std::int64_t n, const float* e, float* y) {
  constexpr int R = W == 16 ? 4 : 2;
  std::int64_t i = 0;
  for (; i + R <= n; i += R) rows_times<W, R, Q>(A.from_row(i), n, e, y + i * Q * W);
  for (; i < n; ++i) rows_times<W, 1, Q>(A.from_row(i), n, e, y + i * Q * W);
}

}  // namespace mgan::kernels
