// The similarity interaction of PatchAlignment, Eq. (7)-(10): from C[word][k][16 lanes] to 16 scores.
//
//     ISA(x; A) = softmax(A softmax(x / t) / t) . x
//     S = (ISA(ISA(rows of C; A1); A2) + ISA(ISA(columns of C; A3); A4)) / 2
#pragma once

#include "mgan/kernels/cpu/epilogue/lanes.hpp"

namespace mgan::kernels {

/// Workspace of `interact`: n Q vectors each.
struct InteractScratch {
  float *e, *y;
};

/// ISA of Q vectors at once; result q to out + q * next_out. sharpness: log2(e) / t. The sum of the first softmax is
/// divided out inside the second's scale. With `keep` the scratch is left holding both softmaxes, p and q.
template <int W, int Q, bool keep = false>
[[gnu::always_inline]] inline void interact(const LaneVectors& x, const SquareWeight& A, float sharpness, float* out,
                                            std::int64_t next_out, const InteractScratch& scratch) {
  using V = Floats<W>;
  const std::int64_t n = x.n;
  float *const e = scratch.e, *const y = scratch.y;
  V most[Q], total[Q];
  for (int q = 0; q < Q; ++q) {
    load<W>(most[q], x.at(0, q));
    total[q] = V{};
  }
  for (std::int64_t i = 1; i < n; ++i)
    for (int q = 0; q < Q; ++q) {
      V v;
      load<W>(v, x.at(i, q));
      raise_to(most[q], v);
    }
  for (std::int64_t i = 0; i < n; ++i)
    for (int q = 0; q < Q; ++q) {
      V v, p;
      load<W>(v, x.at(i, q));
      exp2_of<W>(p, (v - most[q]) * sharpness);
      total[q] += p;
      store<W>(e + (i * Q + q) * W, p);
    }
  times<W, Q>(A, n, e, y);

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
      load<W>(value, x.at(i, q));
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

/// An epilogue is a struct with `scratch(K, n)`, floats of workspace for K rows and captions of n words, and
/// `finish<W>(c, K, n, out, workspace)`, 16 scores.
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
    const InteractScratch scratch{work, work + 4 * longest * W};
    float *s = scratch.y + 4 * longest * W, *t = s + K * W;  // of the rows, of the columns
    for (int part = 0; part < lanes; part += W) {
      each_vector<W>({c + part, K * lanes, lanes, n}, K, square(A1, words), sharpness, s, scratch);
      each_vector<W>({c + part, lanes, K * lanes, K}, n, square(A3, K), sharpness, t, scratch);
      alignas(64) float directions[2 * W];
      interact<W, 1>({s, W, 0, K}, square(A2, K), sharpness, directions, W, scratch);
      interact<W, 1>({t, W, 0, n}, square(A4, words), sharpness, directions + W, W, scratch);
      Floats<W> a, b;
      load<W>(a, directions);
      load<W>(b, directions + W);
      store<W>(out + part, (a + b) * 0.5f);
    }
  }

 private:
  /// ISA of `count` vectors, four at a time.
  template <int W>
  [[gnu::always_inline]] static void each_vector(const LaneVectors& x, std::int64_t count, const SquareWeight& A,
                                                 float sharpness, float* out, const InteractScratch& scratch) {
    std::int64_t q = 0;
    for (; q + 4 <= count; q += 4) interact<W, 4>(x.from(q), A, sharpness, out + q * W, W, scratch);
    for (; q < count; ++q) interact<W, 1>(x.from(q), A, sharpness, out + q * W, W, scratch);
  }
};

}  // namespace mgan::kernels
