// Scores of PatchAlignment from products, and their gradient: what one block does with its 32 pairs.
//
// `team.each(f)` calls f(lane) for every lane and waits for all: lanes of a warp on the GPU, a loop in tests.
#pragma once

#include "mgan/kernels/cuda/pairs.hpp"
#include "mgan/kernels/cuda/similarity_interaction.hpp"

namespace mgan::kernels::cuda {

struct Interaction {
  Square A1, A2, A3, A4;  // A1, A4 (L, L), A2, A3 (K, K)
  int words;              // L
  Sharpness sharpness;
};

/// The inner interactions of a pair: s_k of every row into s, t_l of every word into t.
MGAN_HOST_DEVICE inline void inner_interactions(const Interaction& m, int rows, const Pair& pair, const float* products,
                                                int lane, const Workspace& w) {
  const LaneVector x{w.x() + lane}, p{w.p() + lane}, s{w.s() + lane}, t{w.t() + lane};
  for (int k = 0; k < rows; ++k) {
    for (int l = 0; l < pair.words; ++l) x[l] = products[pair.at(l, k)];
    s[k] = interact(m.A1, pair.words, m.sharpness, x, p);
  }
  for (int l = 0; l < pair.words; ++l) {
    for (int k = 0; k < rows; ++k) x[k] = products[pair.at(l, k)];
    t[l] = interact(m.A3, rows, m.sharpness, x, p);
  }
}

/// S of every pair.
template <class Pairs>
struct ScoreInteraction {
  static constexpr const char* name = "score_interaction";
  static constexpr bool has_workspace = true;
  Pairs pairs;
  Interaction weights;
  const float* products;
  float* scores;

  template <class Team>
  MGAN_HOST_DEVICE void operator()(const Team& team, std::int64_t block, std::int64_t grid, float* work) const {
    const int longest = pairs.rows > pairs.longest ? pairs.rows : pairs.longest;
    const Workspace w{work, longest, pairs.rows, pairs.longest};
    for (; block < pairs.blocks(); block += grid)
      team.each([&](int lane) {
        const Pair pair = pairs.pair(block, lane);
        inner_interactions(weights, pairs.rows, pair, products, lane, w);
        const LaneVector p{w.p() + lane}, s{w.s() + lane}, t{w.t() + lane};
        const float a = interact(weights.A2, pairs.rows, weights.sharpness, s, p);
        const float b = interact(weights.A4, pair.words, weights.sharpness, t, p);
        if (pair.live) scores[pair.score] = (a + b) / 2;
      });
  }
};

/// dC of every pair and the sums of dA over a block's pairs, from dS. C is read, never written: the gradients of its
/// rows are stored before its columns are read.
template <class Pairs>
struct InteractionGradient {
  static constexpr const char* name = "interaction_gradient";
  static constexpr bool has_workspace = true;
  Pairs pairs;
  Interaction weights;
  const float* products;
  const float* upstream;  // dS, where the scores are
  float* d_products;      // the layout of the products; only what a pair has is written
  float* partials;        // (grid, partial_floats), added to: dA1 (L, L), dA2 (K, K), dA3 (K, K), dA4 (L, L)

  static std::int64_t partial_floats(std::int64_t K, std::int64_t L) { return 2 * (K * K + L * L); }

  template <class Team>
  MGAN_HOST_DEVICE void operator()(const Team& team, std::int64_t block, std::int64_t grid, float* work) const {
    const int K = pairs.rows, L = weights.words, longest = K > pairs.longest ? K : pairs.longest;
    const Workspace w{work, longest, K, pairs.longest};
    float* const dA1 = partials + block * 2 * (static_cast<std::int64_t>(K) * K + static_cast<std::int64_t>(L) * L);
    float* const dA2 = dA1 + static_cast<std::int64_t>(L) * L;
    float* const dA3 = dA2 + static_cast<std::int64_t>(K) * K;
    float* const dA4 = dA3 + static_cast<std::int64_t>(K) * K;
    const auto add = [&](float* dA, int n, int leading) {
      team.each([&](int lane) { add_outer_products(lane, w.d(), w.p(), n, leading, dA); });
    };

    for (; block < pairs.blocks(); block += grid) {
      const int words = pairs.words(block);
      team.each([&](int lane) {
        inner_interactions(weights, K, pairs.pair(block, lane), products, lane, w);
        over_rows(block, lane, w);
      });
      add(dA2, K, K);
      team.each([&](int lane) { over_words(block, lane, w); });
      add(dA4, words, L);
      for (int k = 0; k < K; ++k) {
        team.each([&](int lane) { row(block, lane, k, w); });
        add(dA1, words, L);
      }
      for (int l = 0; l < words; ++l) {
        team.each([&](int lane) { column(block, lane, l, w); });
        add(dA3, K, K);
      }
    }
  }

 private:
  /// Half of dS; lanes beyond the last pair have none, and so add nothing.
  MGAN_HOST_DEVICE float gradient_of(const Pair& pair) const { return pair.live ? upstream[pair.score] / 2 : 0.0f; }

  /// s becomes ds, of s_w2p = ISA(s; A2).
  MGAN_HOST_DEVICE void over_rows(std::int64_t block, int lane, const Workspace& w) const {
    const Pair pair = pairs.pair(block, lane);
    const LaneVector p{w.p() + lane}, q{w.q() + lane}, d{w.d() + lane}, s{w.s() + lane};
    interaction_gradient(weights.A2, pairs.rows, weights.sharpness, gradient_of(pair), s, p, q, d);
  }
  /// t becomes dt, of s_p2w = ISA(t; A4).
  MGAN_HOST_DEVICE void over_words(std::int64_t block, int lane, const Workspace& w) const {
    const Pair pair = pairs.pair(block, lane);
    const LaneVector p{w.p() + lane}, q{w.q() + lane}, d{w.d() + lane}, t{w.t() + lane};
    interaction_gradient(weights.A4, pair.words, weights.sharpness, gradient_of(pair), t, p, q, d);
    clear(p, d, pair.words, pairs.words(block));
  }
  /// dC[k, :], of s_k = ISA(C[k, :]; A1).
  MGAN_HOST_DEVICE void row(std::int64_t block, int lane, int k, const Workspace& w) const {
    const Pair pair = pairs.pair(block, lane);
    const LaneVector x{w.x() + lane}, p{w.p() + lane}, q{w.q() + lane}, d{w.d() + lane}, s{w.s() + lane};
    for (int l = 0; l < pair.words; ++l) x[l] = products[pair.at(l, k)];
    interaction_gradient(weights.A1, pair.words, weights.sharpness, s[k], x, p, q, d);
    for (int l = 0; l < pair.words && pair.live; ++l) d_products[pair.at(l, k)] = x[l];
    clear(p, d, pair.words, pairs.words(block));
  }
  /// dC[:, l], of t_l = ISA(C[:, l]; A3).
  MGAN_HOST_DEVICE void column(std::int64_t block, int lane, int l, const Workspace& w) const {
    const Pair pair = pairs.pair(block, lane);
    const LaneVector x{w.x() + lane}, p{w.p() + lane}, q{w.q() + lane}, d{w.d() + lane}, t{w.t() + lane};
    if (l >= pair.words) return clear(p, d, 0, pairs.rows);
    for (int k = 0; k < pairs.rows; ++k) x[k] = products[pair.at(l, k)];
    interaction_gradient(weights.A3, pairs.rows, weights.sharpness, t[l], x, p, q, d);
    for (int k = 0; k < pairs.rows && pair.live; ++k) d_products[pair.at(l, k)] += x[k];
  }
  /// A lane whose caption is shorter than the longest of its block has no part in the entries behind it.
  MGAN_HOST_DEVICE static void clear(LaneVector p, LaneVector d, int first, int last) {
    for (int i = first; i < last; ++i) p[i] = d[i] = 0;
  }
};

}  // namespace mgan::kernels::cuda
