// The backward of the similarity interaction, for 16 pairs at once.
//
//     forward, of one vector x    p = softmax(x / t)        y = A p       q = softmax(y / t)    o = q . x
//     backward, upstream g        dy = (g / t) q (x - o)    dp = A' dy    dA += dy p'
//                                 dx = g q + (1 / t) p (dp - p . dp)
//
// A saturated row has q exactly 1 and 0, so x - o = 0 and dy = 0: nothing of 1 / t is left in dA.
#pragma once

#include "mgan/kernels/cpu/epilogues.hpp"

namespace mgan::kernels {

/// Rows x Columns entries of dA += dy p', summed over Q vectors; dA holds 16 lanes an entry, `leading` entries a row.
template <int W, int Rows, int Columns, int Q>
[[gnu::always_inline]] inline void add_outer(const float* dy, const float* p, float* dA, std::int64_t leading) {
  Floats<W> sum[Rows][Columns];
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
    for (int c = 0; c < Columns; ++c) load<W>(sum[r][c], dA + (r * leading + c) * lanes);
#pragma GCC unroll 4
  for (int q = 0; q < Q; ++q) {
    Floats<W> a[Rows];
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) load<W>(a[r], dy + (r * Q + q) * W);
#pragma GCC unroll 4
    for (int c = 0; c < Columns; ++c) {
      Floats<W> b;
      load<W>(b, p + (c * Q + q) * W);
#pragma GCC unroll 4
      for (int r = 0; r < Rows; ++r) sum[r][c] += a[r] * b;
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
    for (int c = 0; c < Columns; ++c) store<W>(dA + (r * leading + c) * lanes, sum[r][c]);
}

/// dx += and dA += of Q vectors; x, dx as in `interact`, out and g one vector each at out + q * W, p and q as it keeps
/// them. dy, dp: workspace of n Q vectors each.
template <int W, int Q>
[[gnu::always_inline]] inline void interact_backward(const float* x, std::int64_t step, std::int64_t next,
                                                     std::int64_t n, const float* A, std::int64_t leading,
                                                     float temperature, const float* out, const float* g,
                                                     const float* p, const float* q, float* dx, float* dA, float* dy,
                                                     float* dp) {
  using V = Floats<W>;
  const float sharp = 1 / temperature;
  V up[Q], o[Q], mean[Q];
  for (int v = 0; v < Q; ++v) {
    load<W>(up[v], g + v * W);
    load<W>(o[v], out + v * W);
    mean[v] = V{};
  }
  for (std::int64_t i = 0; i < n; ++i)
    for (int v = 0; v < Q; ++v) {
      V weight, value, d;
      load<W>(weight, q + (i * Q + v) * W);
      load<W>(value, x + i * step + v * next);
      load<W>(d, dx + i * step + v * next);
      weight *= up[v];
      store<W>(dx + i * step + v * next, d + weight);
      store<W>(dy + (i * Q + v) * W, weight * sharp * (value - o[v]));
    }
  times<W, Q>(A, 1, leading, n, dy, dp);
  for (std::int64_t i = 0; i < n; ++i)
    for (int v = 0; v < Q; ++v) {
      V weight, d;
      load<W>(weight, p + (i * Q + v) * W);
      load<W>(d, dp + (i * Q + v) * W);
      mean[v] += weight * d;
    }
  for (std::int64_t i = 0; i < n; ++i)
    for (int v = 0; v < Q; ++v) {
      V weight, d, sum;
      load<W>(weight, p + (i * Q + v) * W);
      load<W>(d, dp + (i * Q + v) * W);
      load<W>(sum, dx + i * step + v * next);
      store<W>(dx + i * step + v * next, sum + weight * sharp * (d - mean[v]));
    }
  constexpr int R = W == 16 ? 4 : 2;
  std::int64_t i = 0;
  for (; i + R <= n; i += R) {
    std::int64_t j = 0;
    for (; j + R <= n; j += R)
      add_outer<W, R, R, Q>(dy + i * Q * W, p + j * Q * W, dA + (i * leading + j) * lanes, leading);
    for (; j < n; ++j) add_outer<W, R, 1, Q>(dy + i * Q * W, p + j * Q * W, dA + (i * leading + j) * lanes, leading);
  }
  for (; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      add_outer<W, 1, 1, Q>(dy + i * Q * W, p + j * Q * W, dA + (i * leading + j) * lanes, leading);
}

/// One direction: `outer` vectors of `inner` entries through A, their results through B. Adds to dx.
template <int W>
[[gnu::always_inline]] inline void direction_backward(const float* x, std::int64_t outer, std::int64_t next,
                                                      std::int64_t inner, std::int64_t step, const float* A,
                                                      std::int64_t leading_a, const float* B, std::int64_t leading_b,
                                                      float temperature, const float* g, float* dx, float* dA,
                                                      float* dB, float* work) {
  const float sharpness = 1.44269504f / temperature;
  const std::int64_t longest = outer > inner ? outer : inner;
  float *p = work, *q = p + outer * inner * W;            // of every vector
  float *s = q + outer * inner * W, *ds = s + outer * W;  // the results and their gradient
  float *e = ds + outer * W, *y = e + 4 * longest * W, o[W];
  std::int64_t m = 0;
  for (; m + 4 <= outer; m += 4)
    interact<W, 4, true>(x + m * next, step, next, inner, A, leading_a, sharpness, s + m * W, W, p + m * inner * W,
                         q + m * inner * W);
  for (; m < outer; ++m)
    interact<W, 1, true>(x + m * next, step, next, inner, A, leading_a, sharpness, s + m * W, W, p + m * inner * W,
                         q + m * inner * W);

  interact<W, 1, true>(s, W, 0, outer, B, leading_b, sharpness, o, W, e, y);
  for (std::int64_t i = 0; i < outer * W; ++i) ds[i] = 0;
  float *dy = y + longest * W, *dp = dy + longest * W;  // e and y hold one vector here, not four
  interact_backward<W, 1>(s, W, 0, outer, B, leading_b, temperature, o, g, e, y, ds, dB, dy, dp);

  for (m = 0; m + 4 <= outer; m += 4)
    interact_backward<W, 4>(x + m * next, step, next, inner, A, leading_a, temperature, s + m * W, ds + m * W,
                            p + m * inner * W, q + m * inner * W, dx + m * next, dA, e, y);
  for (; m < outer; ++m)
    interact_backward<W, 1>(x + m * next, step, next, inner, A, leading_a, temperature, s + m * W, ds + m * W,
                            p + m * inner * W, q + m * inner * W, dx + m * next, dA, e, y);
}

/// The backward of InteractionEpilogue. Weights in the order A1 (L, L), A2 (K, K), A3 (K, K), A4 (L, L).
struct InteractionGradient {
  InteractionEpilogue forward;

  std::int64_t weights(std::int64_t K) const { return 2 * (forward.words * forward.words + K * K); }

  static std::int64_t scratch(std::int64_t K, std::int64_t n) {
    const std::int64_t longest = K > n ? K : n;
    return lanes * (3 * K * n + 10 * longest);
  }

  /// c[word][k][16 lanes] becomes its gradient, for the upstream gradient g[16]; dA[weights][16 lanes] is added to.
  template <int W>
  [[gnu::always_inline]] void differentiate(float* c, std::int64_t K, std::int64_t n, const float* g, float* dA,
                                            float* work) const {
    const std::int64_t L = forward.words, row = K * lanes;
    float *dA1 = dA, *dA2 = dA1 + L * L * lanes, *dA3 = dA2 + K * K * lanes, *dA4 = dA3 + K * K * lanes;
    float *d = work, *rest = work + n * row;
    for (std::int64_t i = 0; i < n * row; ++i) d[i] = 0;
    for (int part = 0; part < lanes; part += W) {
      float half[W];
      for (int lane = 0; lane < W; ++lane) half[lane] = 0.5f * g[part + lane];
      direction_backward<W>(c + part, K, lanes, n, row, forward.A1, L, forward.A2, K, forward.temperature, half,
                            d + part, dA1 + part, dA2 + part, rest);
      direction_backward<W>(c + part, n, row, K, lanes, forward.A3, K, forward.A4, L, forward.temperature, half,
                            d + part, dA3 + part, dA4 + part, rest);
    }
    for (std::int64_t i = 0; i < n * row; ++i) c[i] = d[i];
  }
};

inline InteractionGradient gradient_of(const InteractionEpilogue& forward) { return {forward}; }

}  // namespace mgan::kernels
