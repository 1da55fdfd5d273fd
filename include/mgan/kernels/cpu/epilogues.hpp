// From the products of a caption, C[word][k][16 lanes], to 16 scores. An epilogue is a struct with
//
//     scratch(K, n)                                floats of workspace for K rows and captions of n words
//     finish<W>(c, K, n, out, workspace)           16 scores
#pragma once

#include "mgan/kernels/cpu/vectors.hpp"

namespace mgan::kernels {

/// R rows of y = A e for Q independent vectors of n entries; e and y are [n][Q] vectors. A(r, j) is at
/// A + r * row + j * column, so that A' is A with both exchanged.
template <int W, int R, int Q>
[[gnu::always_inline]] inline void rows_times(const float* A, std::int64_t row, std::int64_t column, std::int64_t n,
                                              const float* e, float* y) {
  Floats<W> sum[R][Q] = {};
  for (std::int64_t j = 0; j < n; ++j) {
    Floats<W> x[Q];
#pragma GCC unroll 4
    for (int q = 0; q < Q; ++q) load<W>(x[q], e + (j * Q + q) * W);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const float a = A[r * row + j * column];
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
[[gnu::always_inline]] inline void times(const float* A, std::int64_t row, std::int64_t column, std::int64_t n,
                                         const float* e, float* y) {
  constexpr int R = W == 16 ? 4 : 2;
  std::int64_t i = 0;
  for (; i + R <= n; i += R) rows_times<W, R, Q>(A + i * row, row, column, n, e, y + i * Q * W);
  for (; i < n; ++i) rows_times<W, 1, Q>(A + i * row, row, column, n, e, y + i * Q * W);
}

/// ISA of Q independent vectors at once, Eq. (7)-(10): entry i of vector q is at x + i * step + q * next. The sum of
/// the first softmax is divided out inside the second's scale. e, y: workspace of n Q vectors each; with `keep` they
/// are left holding both softmaxes, p and q.
template <int W, int Q, bool keep = false>
[[gnu::always_inline]] inline void interact(const float* x, std::int64_t step, std::int64_t next, std::int64_t n,
                                            const float* A, std::int64_t leading, float sharpness, float* out,
                                            std::int64_t next_out, float* e, float* y) {
  using V = Floats<W>;
  V most[Q], total[Q];
  for (int q = 0; q < Q; ++q) {
    load<W>(most[q], x + q * next);
    total[q] = V{};
  }
  for (std::int64_t i = 1; i < n; ++i)
    for (int q = 0; q < Q; ++q) {
      V v;
      load<W>(v, x + i * step + q * next);
      raise_to(most[q], v);
    }
  for (std::int64_t i = 0; i < n; ++i)
    for (int q = 0; q < Q; ++q) {
      V v, p;
      load<W>(v, x + i * step + q * next);
      exp2_of<W>(p, (v - most[q]) * sharpness);
      total[q] += p;
      store<W>(e + (i * Q + q) * W, p);
    }
  times<W, Q>(A, leading, 1, n, e, y);

  V scale[Q], sum[Q], weighted[Q];
  for (int q = 0; q < Q; ++q) {
    scale[q] = sharpness / total[q];
    load<W>(most[q], y + q * W);
    sum[q] = weighted[q] = V{};
  }
  for (std::int64_t i = 1; i < n; ++i)
    for (int q = 0; q < Q; ++q) {
      V v;
      load<W>(v, y + (i * Q + q) * W);
      raise_to(most[q], v);
    }
  for (std::int64_t i = 0; i < n; ++i)
    for (int q = 0; q < Q; ++q) {
      V v, a, value;
      load<W>(v, y + (i * Q + q) * W);
      exp2_of<W>(a, (v - most[q]) * scale[q]);
      load<W>(value, x + i * step + q * next);
      sum[q] += a;
      weighted[q] += a * value;
      if constexpr (keep) store<W>(y + (i * Q + q) * W, a);
    }
  for (int q = 0; q < Q; ++q) store<W>(out + q * next_out, weighted[q] / sum[q]);
  if constexpr (keep) {
    for (std::int64_t i = 0; i < n; ++i)
      for (int q = 0; q < Q; ++q) {
        V v;
        load<W>(v, e + (i * Q + q) * W);
        store<W>(e + (i * Q + q) * W, v / total[q]);
        load<W>(v, y + (i * Q + q) * W);
        store<W>(y + (i * Q + q) * W, v / sum[q]);
      }
  }
}

/// The similarity interaction of PatchAlignment, both directions and their mean.
struct InteractionEpilogue {
  const float *A1, *A2, *A3, *A4;  // row-major; A1, A4 (L, L), A2, A3 (K, K)
  std::int64_t words;              // L, the leading dimension of A1 and A4
  float temperature;

  static std::int64_t scratch(std::int64_t K, std::int64_t n) {
    const std::int64_t longest = K > n ? K : n;
    return lanes * (8 * longest + K + n);
  }

  template <int W>
  [[gnu::always_inline]] void finish(const float* c, std::int64_t K, std::int64_t n, float* out, float* work) const {
    const float sharpness = 1.44269504f / temperature;
    const std::int64_t longest = K > n ? K : n;
    for (int part = 0; part < lanes; part += W) {
      float *e = work, *y = e + 4 * longest * W, *s = y + 4 * longest * W, *t = s + K * W;
      std::int64_t k = 0, l = 0;
      for (; k + 4 <= K; k += 4)
        interact<W, 4>(c + k * lanes + part, K * lanes, lanes, n, A1, words, sharpness, s + k * W, W, e, y);
      for (; k < K; ++k)
        interact<W, 1>(c + k * lanes + part, K * lanes, lanes, n, A1, words, sharpness, s + k * W, W, e, y);
      for (; l + 4 <= n; l += 4)
        interact<W, 4>(c + l * K * lanes + part, lanes, K * lanes, K, A3, K, sharpness, t + l * W, W, e, y);
      for (; l < n; ++l)
        interact<W, 1>(c + l * K * lanes + part, lanes, K * lanes, K, A3, K, sharpness, t + l * W, W, e, y);
      alignas(64) float directions[2 * W];
      interact<W, 1>(s, W, 0, K, A2, K, sharpness, directions, W, e, y);
      interact<W, 1>(t, W, 0, n, A4, words, sharpness, directions + W, W, e, y);
      Floats<W> a, b;
      load<W>(a, directions);
      load<W>(b, directions + W);
      store<W>(out + part, (a + b) * 0.5f);
    }
  }
};

/// Maxima over the other side, pooled over words, over rows, or both: factor_words * sum_l max_k C + factor_rows *
/// sum_k max_l C, either sum divided by its count where `mean` is true. PlainAggregation and FILIP: (1/2, 1/2, mean);
/// ColBERT: (1, 0, sum). With one word a caption and factors (1, 0) it is the maximum over views.
struct MaximaEpilogue {
  float factor_words = 0.5f, factor_rows = 0.5f;
  bool mean = true;

  static std::int64_t scratch(std::int64_t, std::int64_t) { return 0; }

  template <int W>
  [[gnu::always_inline]] void finish(const float* c, std::int64_t K, std::int64_t n, float* out, float*) const {
    using V = Floats<W>;
    for (int part = 0; part < lanes; part += W) {
      V over_words = {}, over_rows = {}, v, most;
      for (std::int64_t l = 0; l < n; ++l) {
        load<W>(most, c + l * K * lanes + part);
        for (std::int64_t k = 1; k < K; ++k) {
          load<W>(v, c + (l * K + k) * lanes + part);
          raise_to(most, v);
        }
        over_words += most;
      }
      for (std::int64_t k = 0; k < K && factor_rows != 0; ++k) {
        load<W>(most, c + k * lanes + part);
        for (std::int64_t l = 1; l < n; ++l) {
          load<W>(v, c + (l * K + k) * lanes + part);
          raise_to(most, v);
        }
        over_rows += most;
      }
      const float a = mean ? factor_words / static_cast<float>(n) : factor_words;
      const float b = mean ? factor_rows / static_cast<float>(K) : factor_rows;
      store<W>(out + part, over_words * a + over_rows * b);
    }
  }
};

}  // namespace mgan::kernels
