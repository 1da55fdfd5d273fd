// Single pairs: products of rows (K, D) with words (n, D) that lie as the caller has them, vectors along d.
//
//     C[l][k] = p_k . t_l        dP += dC' W        dW += dC P
//
// For the gradient of a few hundred pairs: to lay out a batch as rows/listed.hpp wants it costs more than their
// products (a step of 384 pairs at D = 512 took 12 ms so, and takes 6 ms).
#pragma once

#include "mgan/kernels/cpu/gradient/accumulate.hpp"

namespace mgan::kernels {

/// The sum of a vector's numbers, by halves.
template <int W>
[[gnu::always_inline]] inline float total_of(const Floats<W>& v) {
  if constexpr (W == 16) {
    const Floats<8> half = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                           __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
    return total_of<8>(half);
  } else if constexpr (W == 8) {
    const Floats<4> half = __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
    return total_of<4>(half);
  } else {
    return (v[0] + v[2]) + (v[1] + v[3]);
  }
}

/// Rows x Words inner products: c[j * next_word + r * next_row].
template <int W, int Rows, int Words>
[[gnu::always_inline]] inline void inner_tile(const float* rows, std::int64_t row_stride, const float* words,
                                              std::int64_t word_stride, std::int64_t width, float* c,
                                              std::int64_t next_word, std::int64_t next_row) {
  Floats<W> sum[Words][Rows] = {};
  std::int64_t d = 0;
  for (; d + W <= width; d += W) {
    Floats<W> x[Rows], w;
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) load<W>(x[r], rows + r * row_stride + d);
#pragma GCC unroll 4
    for (int j = 0; j < Words; ++j) {
      load<W>(w, words + j * word_stride + d);
#pragma GCC unroll 4
      for (int r = 0; r < Rows; ++r) sum[j][r] += x[r] * w;
    }
  }
#pragma GCC unroll 4
  for (int j = 0; j < Words; ++j)
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      float value = total_of<W>(sum[j][r]);
      for (std::int64_t rest = d; rest < width; ++rest)
        value += rows[r * row_stride + rest] * words[j * word_stride + rest];
      c[j * next_word + r * next_row] = value;
    }
}

/// All K x n inner products of a pair.
template <int W>
[[gnu::always_inline]] inline void inner_products(const float* rows, std::int64_t row_stride, std::int64_t K,
                                                  const float* words, std::int64_t word_stride, std::int64_t n,
                                                  std::int64_t width, float* c, std::int64_t next_word,
                                                  std::int64_t next_row) {
  constexpr int R = W == 16 ? 4 : 2, J = W == 16 ? 4 : 3;
  std::int64_t l = 0;
  for (; l + J <= n; l += J) {
    std::int64_t k = 0;
    for (; k + R <= K; k += R)
      inner_tile<W, R, J>(rows + k * row_stride, row_stride, words + l * word_stride, word_stride, width,
                          c + l * next_word + k * next_row, next_word, next_row);
    for (; k < K; ++k)
      inner_tile<W, 1, J>(rows + k * row_stride, row_stride, words + l * word_stride, word_stride, width,
                          c + l * next_word + k * next_row, next_word, next_row);
  }
  for (; l < n; ++l)
    for (std::int64_t k = 0; k < K; ++k)
      inner_tile<W, 1, 1>(rows + k * row_stride, row_stride, words + l * word_stride, word_stride, width,
                          c + l * next_word + k * next_row, next_word, next_row);
}

/// out[j][d] += sum_s weights[s * step + j * next] x[s][d], for `count` rows x and `outs` rows out of D numbers.
template <int W>
[[gnu::always_inline]] inline void add_combinations(const float* x, std::int64_t x_stride, std::int64_t count,
                                                    const float* weights, std::int64_t step, std::int64_t next,
                                                    float* out, std::int64_t out_stride, std::int64_t outs,
                                                    std::int64_t width) {
  constexpr int many = TileSizes<W>::rows;
  const Factors w{weights, step, next, count, 0};
  std::int64_t d = 0;
  for (; d + many * lanes <= width; d += many * lanes) {
    const float* streams[many];
    for (int r = 0; r < many; ++r) streams[r] = x + d + r * lanes;
    accumulate_words<W, many>(streams, x_stride, w, count, out + d, outs, out_stride, lanes);
  }
  for (; d + lanes <= width; d += lanes) {
    const float* const stream[1] = {x + d};
    accumulate_words<W, 1>(stream, x_stride, w, count, out + d, outs, out_stride, lanes);
  }
  for (; d < width; ++d)
    for (std::int64_t j = 0; j < outs; ++j)
      for (std::int64_t s = 0; s < count; ++s)
        out[j * out_stride + d] += weights[s * step + j * next] * x[s * x_stride + d];
}

}  // namespace mgan::kernels
