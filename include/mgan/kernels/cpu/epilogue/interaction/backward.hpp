// The backward of the similarity interaction, for 16 pairs at once.
//
//     forward, of one vector x    p = softmax(x / t)        y = A p       q = softmax(y / t)    o = q . x
//     backward, upstream g        dy = (g / t) q (x - o)    dp = A' dy    dA += dy p'
//                                 dx = g q + (1 / t) p (dp - p . dp)
//
// A saturated row has q exactly 1 and 0, so x - o = 0 and dy = 0: nothing of 1 / t is left in dA.
#pragma once

#include "mgan/kernels/cpu/epilogue/interaction/forward.hpp"

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

/// A square weight's gradient: 16 lanes an entry, `leading` entries a row.
struct WeightGradient {
  float* first;
  std::int64_t leading;
};

/// What `interact` left of Q vectors: results and their upstream gradients, one vector each at + q * W, and both
/// softmaxes.
struct Interacted {
  const float *out, *upstream, *p, *q;
};

/// dx += and dA += of Q vectors. scratch: n Q vectors each, for dy and dp.
template <int W, int Q>
[[gnu::always_inline]] inline void interact_backward(const LaneVectors& x, const SquareWeight& A, float temperature,
                                                     const Interacted& kept, const LaneVectorsOf<float>& dx,
                                                     const WeightGradient& dA, const InteractScratch& scratch) {
  using V = Floats<W>;
  const std::int64_t n = x.n;
  const float sharp = 1 / temperature;
  float *const dy = scratch.e, *const dp = scratch.y;
  V up[Q], o[Q], mean[Q];
  for (int v = 0; v < Q; ++v) {
    load<W>(up[v], kept.upstream + v * W);
    load<W>(o[v], kept.out + v * W);
    mean[v] = V{};
  }
  for (std::int64_t i = 0; i < n; ++i)
    for (int v = 0; v < Q; ++v) {
      V weight, value, d;
      load<W>(weight, kept.q + (i * Q + v) * W);
      load<W>(value, x.at(i, v));
      load<W>(d, dx.at(i, v));
      weight *= up[v];
      store<W>(dx.at(i, v), d + weight);
      store<W>(dy + (i * Q + v) * W, weight * sharp * (value - o[v]));
    }
  times<W, Q>(A.transposed(), n, dy, dp);
  for (std::int64_t i = 0; i < n; ++i)
    for (int v = 0; v < Q; ++v) {
      V weight, d;
      load<W>(weight, kept.p + (i * Q + v) * W);
      load<W>(d, dp + (i * Q + v) * W);
      mean[v] += weight * d;
    }
  for (std::int64_t i = 0; i < n; ++i)
    for (int v = 0; v < Q; ++v) {
      V weight, d, sum;
      load<W>(weight, kept.p + (i * Q + v) * W);
      load<W>(d, dp + (i * Q + v) * W);
      load<W>(sum, dx.at(i, v));
      store<W>(dx.at(i, v), sum + weight * sharp * (d - mean[v]));
    }
  constexpr int R = W == 16 ? 4 : 2;
  const auto entry = [&](std::int64_t i, std::int64_t j) { return dA.first + (i * dA.leading + j) * lanes; };
  const float* const p = kept.p;
  std::int64_t i = 0;
  for (; i + R <= n; i += R) {
    std::int64_t j = 0;
    for (; j + R <= n; j += R) add_outer<W, R, R, Q>(dy + i * Q * W, p + j * Q * W, entry(i, j), dA.leading);
    for (; j < n; ++j) add_outer<W, R, 1, Q>(dy + i * Q * W, p + j * Q * W, entry(i, j), dA.leading);
  }
  for (; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) add_outer<W, 1, 1, Q>(dy + i * Q * W, p + j * Q * W, entry(i, j), dA.leading);
}

/// One direction: `outer` vectors x through A, their results through B.
struct Direction {
  LaneVectors x;
  std::int64_t outer;
  SquareWeight A, B;
  LaneVectorsOf<float> dx;  // added to
  WeightGradient dA, dB;    // added to
};

template <int W>
[[gnu::always_inline]] inline void direction_backward(const Direction& of, float temperature, const float* g,
                                                      float* work) {
  const float sharpness = 1.44269504f / temperature;
  const std::int64_t inner = of.x.n, outer = of.outer, longest = outer > inner ? outer : inner;
  float *p = work, *q = p + outer * inner * W;            // of every vector
  float *s = q + outer * inner * W, *ds = s + outer * W;  // the results and their gradient
  float *e = ds + outer * W, *y = e + 4 * longest * W, o[W];
  const auto at = [&](std::int64_t m) { return InteractScratch{p + m * inner * W, q + m * inner * W}; };
  std::int64_t m = 0;
  for (; m + 4 <= outer; m += 4) interact<W, 4, true>(of.x.from(m), of.A, sharpness, s + m * W, W, at(m));
  for (; m < outer; ++m) interact<W, 1, true>(of.x.from(m), of.A, sharpness, s + m * W, W, at(m));

  interact<W, 1, true>({s, W, 0, outer}, of.B, sharpness, o, W, {e, y});
  for (std::int64_t i = 0; i < outer * W; ++i) ds[i] = 0;
  float *dy = y + longest * W, *dp = dy + longest * W;  // e and y hold one vector here, not four
  interact_backward<W, 1>({s, W, 0, outer}, of.B, temperature, {o, g, e, y}, {ds, W, 0, outer}, of.dB, {dy, dp});

  const auto kept = [&](std::int64_t v) {
    return Interacted{s + v * W, ds + v * W, p + v * inner * W, q + v * inner * W};
  };
  for (m = 0; m + 4 <= outer; m += 4)
    interact_backward<W, 4>(of.x.from(m), of.A, temperature, kept(m), of.dx.from(m), of.dA, {e, y});
  for (; m < outer; ++m)
    interact_backward<W, 1>(of.x.from(m), of.A, temperature, kept(m), of.dx.from(m), of.dA, {e, y});
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
      const Direction by_row{{c + part, row, lanes, n},
                             K,
                             square(forward.A1, L),
                             square(forward.A2, K),
                             {d + part, row, lanes, n},
                             {dA1 + part, L},
                             {dA2 + part, K}};
      const Direction by_word{{c + part, lanes, row, K},
                              n,
                              square(forward.A3, K),
                              square(forward.A4, L),
                              {d + part, lanes, row, K},
                              {dA3 + part, K},
                              {dA4 + part, L}};
      direction_backward<W>(by_row, forward.temperature, half, rest);
      direction_backward<W>(by_word, forward.temperature, half, rest);
    }
    for (std::int64_t i = 0; i < n * row; ++i) c[i] = d[i];
  }
};

inline InteractionGradient gradient_of(const InteractionEpilogue& forward) { return {forward}; }

}  // namespace mgan::kernels
