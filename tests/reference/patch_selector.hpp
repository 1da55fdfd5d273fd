// The patch selector at inference: a score for every patch from the patch and [CLS], then the K best patches.
#pragma once

#include "layers.hpp"
#include "top_k.hpp"

namespace reference {

struct PatchSelector {
  Array norm_weight, norm_bias;  // (D)
  Linear project;                // (D/2, D), no bias
  Linear score_first;            // score.0: (D/2, D), no bias
  Linear score_second;           // score.2: (1, D/2), no bias
};

struct Selection {
  Array scores;                            // (I, M)
  std::vector<std::vector<Index>> chosen;  // (I, K), ascending
  Array selected;                          // (I, K, D)
};

/// tanh(W_s2 GELU(W_s0 [u_patch, u_cls])) with u = GELU(W_1 LayerNorm(p)): (I, M, D), (I, D) -> (I, M).
inline Array selection_scores(const PatchSelector& p, const Array& patches, const Array& global) {
  Array scores({patches.size(0), patches.size(1)});
  for (Index i = 0; i < patches.size(0); ++i) {
    const Vector u_cls = gelu(linear(p.project, layer_norm(p.norm_weight, p.norm_bias, global.row(i))));
    for (Index m = 0; m < patches.size(1); ++m) {
      Vector u = gelu(linear(p.project, layer_norm(p.norm_weight, p.norm_bias, patches.row(i, m))));
      u.insert(u.end(), u_cls.begin(), u_cls.end());
      scores.at(i, m) = std::tanh(linear(p.score_second, gelu(linear(p.score_first, u)))[0]);
    }
  }
  return scores;
}

/// patches (I, M, D), global (I, D) -> scores (I, M), indices (I, K), selected (I, K, D).
inline Selection patch_selector(const PatchSelector& p, const Array& patches, const Array& global, Index k) {
  Selection out{selection_scores(p, patches, global), {}, Array({patches.size(0), k, patches.size(2)})};
  for (Index i = 0; i < patches.size(0); ++i) {
    out.chosen.push_back(top_k(out.scores.row(i), k));
    for (Index j = 0; j < k; ++j) {
      out.selected.set_row(patches.row(i, out.chosen.back()[static_cast<std::size_t>(j)]), i, j);
    }
  }
  return out;
}

}  // namespace reference
