// Sums of products into memory: out[j][r] += sum_s w[s][j] x[r][s], where x[r][s] are 16 numbers side by side.
//
// Every product of the backward has this form; they differ in what the sum runs over:
//     dP[k][d][16 images] += sum_word dC[word][k][16 images] W[word][d]          j: d, r: k
//     dW[word][16 d]      += sum_row  dC[word][row]          P[row][16 d]        j: word, r: 16 d
// A number is one chain of multiply-adds in the order of s.
#pragma once

#include "mgan/kernels/cpu/product/product.hpp"

namespace mgan::kernels {

/// w[s][j] is at first + s / run * next_run + s % run * step + j * next.
struct Factors {
  const float* first;
  std::int64_t step, next;
  std::int64_t run, next_run;
};

template <int W, int Rows, int Words>
[[gnu::always_inline]] inline void accumulate(const float* const (&x)[Rows], std::int64_t x_step, const Factors& w,
                                              std::int64_t count, float* out, std::int64_t next_word,
                                              std::int64_t next_row) {
  constexpr int parts = lanes / W;  // vectors a row
  Floats<W> sum[Words][Rows * parts];
#pragma GCC unroll 12
  for (int j = 0; j < Words; ++j)
#pragma GCC unroll 8
    for (int r = 0; r < Rows * parts; ++r)
      load<W>(sum[j][r], out + j * next_word + (r / parts) * next_row + (r % parts) * W);
  const float* from[Rows];
  for (int r = 0; r < Rows; ++r) from[r] = x[r];
  for (std::int64_t begin = 0; begin < count; begin += w.run) {
    const float* factor = w.first + begin / w.run * w.next_run;
    const std::int64_t end = begin + w.run < count ? begin + w.run : count;
    for (std::int64_t s = begin; s < end; ++s, factor += w.step) {
      Floats<W> v[Rows * parts];
#pragma GCC unroll 8
      for (int r = 0; r < Rows * parts; ++r) load<W>(v[r], from[r / parts] + (r % parts) * W);
      for (int r = 0; r < Rows; ++r) from[r] += x_step;
#pragma GCC unroll 12
      for (int j = 0; j < Words; ++j) {
        const float f = factor[j * w.next];
#pragma GCC unroll 8
        for (int r = 0; r < Rows * parts; ++r) sum[j][r] += v[r] * f;
      }
    }
  }
#pragma GCC unroll 12
  for (int j = 0; j < Words; ++j)
#pragma GCC unroll 8
    for (int r = 0; r < Rows * parts; ++r)
      store<W>(out + j * next_word + (r / parts) * next_row + (r % parts) * W, sum[j][r]);
}

/// All `words` of `out`, in tiles of the registers' size and then one by one.
template <int W, int Rows>
[[gnu::always_inline]] inline void accumulate_words(const float* const (&x)[Rows], std::int64_t x_step,
                                                    const Factors& w, std::int64_t count, float* out,
                                                    std::int64_t words, std::int64_t next_word, std::int64_t next_row) {
  constexpr int many = TileSizes<W>::words, few = W == 16 ? 4 : 2;
  std::int64_t j = 0;
  const auto from = [w](std::int64_t first) {
    return Factors{w.first + first * w.next, w.step, w.next, w.run, w.next_run};
  };
  for (; j + many <= words; j += many)
    accumulate<W, Rows, many>(x, x_step, from(j), count, out + j * next_word, next_word, next_row);
  for (; j + few <= words; j += few)
    accumulate<W, Rows, few>(x, x_step, from(j), count, out + j * next_word, next_word, next_row);
  for (; j < words; ++j) accumulate<W, Rows, 1>(x, x_step, from(j), count, out + j * next_word, next_word, next_row);
}

}  // namespace mgan::kernels
