// The gradient of sum(dS S) for S of Eq. (6)-(10), from rows that are prepared already: C[k, l] = p_k . t_l.
//
//     ISA   dy = (g / t) q (x - o)    dp = A' dy    dx = g q + (1 / t) p (dp - p . dp)    dA += dy p'
#pragma once

#include "patch_alignment.hpp"

namespace reference {

struct PatchGradients {
  Array patches, words, A1, A2, A3, A4;
};

/// dx of one vector, upstream g; dA is added to.
inline Vector interaction_gradient(const Array& A, const Vector& x, double t, double g, Array& dA) {
  const std::size_t n = x.size();
  Vector scaled, y(n, 0.0), dy, dp(n, 0.0), dx;
  for (const double number : x) scaled.push_back(number / t);
  const Vector p = softmax(scaled);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) y[i] += A.at(i, j) * p[j] / t;
  const Vector q = softmax(y);
  const double o = dot(q, x);
  for (std::size_t i = 0; i < n; ++i) dy.push_back(g / t * q[i] * (x[i] - o));
  double mean = 0.0;
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      dp[j] += A.at(i, j) * dy[i];
      dA.at(i, j) += dy[i] * p[j];
    }
    mean += p[j] * dp[j];
  }
  for (std::size_t i = 0; i < n; ++i) dx.push_back(g * q[i] + p[i] * (dp[i] - mean) / t);
  return dx;
}

/// dC (rows of C are vectors) of one direction: rows through A, their results through B.
inline Array direction_gradient(const Array& A, const Array& B, const Array& c, double t, double g, Array& dA,
                                Array& dB) {
  Array dc({c.size(0), c.size(1)});
  Vector s;
  for (Index i = 0; i < c.size(0); ++i) s.push_back(similarity_interaction(A, c.row(i), t));
  const Vector ds = interaction_gradient(B, s, t, g, dB);
  for (Index i = 0; i < c.size(0); ++i)
    dc.set_row(interaction_gradient(A, c.row(i), t, ds[static_cast<std::size_t>(i)], dA), i);
  return dc;
}

/// C of one pair: (K, real words), and its transpose.
inline Array products(const Array& patches, Index image, const Array& words, Index text, Index real) {
  Array c({patches.size(1), real});
  for (Index k = 0; k < c.size(0); ++k)
    for (Index l = 0; l < real; ++l) c.at(k, l) = dot(patches.row(image, k), words.row(text, l));
  return c;
}
inline Array transposed(const Array& x) {
  Array y({x.size(1), x.size(0)});
  for (Index i = 0; i < x.size(0); ++i)
    for (Index j = 0; j < x.size(1); ++j) y.at(j, i) = x.at(i, j);
  return y;
}

/// dP += dC W, dW += dC' P of one pair.
inline void add_row_gradients(const Array& dc, const Array& patches, Index image, const Array& words, Index text,
                              Array& dpatches, Array& dwords) {
  for (Index k = 0; k < dc.size(0); ++k)
    for (Index l = 0; l < dc.size(1); ++l)
      for (Index d = 0; d < patches.size(2); ++d) {
        dpatches.at(image, k, d) += dc.at(k, l) * words.at(text, l, d);
        dwords.at(text, l, d) += dc.at(k, l) * patches.at(image, k, d);
      }
}

/// patches (I, K, D), words (T, L, D) with lengths (T), upstream (I, T); column convention.
inline PatchGradients patch_alignment_gradient(const PatchAlignment& m, const Array& patches, const Array& words,
                                               const Lengths& lengths, const Array& upstream) {
  PatchGradients out{Array(patches.shape), Array(words.shape), Array(m.A1.shape),
                     Array(m.A2.shape),    Array(m.A3.shape),  Array(m.A4.shape)};
  for (Index i = 0; i < patches.size(0); ++i)
    for (Index t = 0; t < words.size(0); ++t) {
      const double g = upstream.at(i, t) / 2.0;
      const Array c = products(patches, i, words, t, length_of(lengths, t, words.size(1)));
      Array dc = direction_gradient(m.A1, m.A2, c, m.temperature, g, out.A1, out.A2);
      const Array back = transposed(direction_gradient(m.A3, m.A4, transposed(c), m.temperature, g, out.A3, out.A4));
      for (std::size_t e = 0; e < dc.values.size(); ++e) dc.values[e] += back.values[e];
      add_row_gradients(dc, patches, i, words, t, out.patches, out.words);
    }
  return out;
}

}  // namespace reference
