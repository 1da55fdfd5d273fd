// s_r = v_r . c_r / (|c_r| + 1e-8), c_r = sum_l softmax_l(A[r, l] / tau) t_l, A[r, l] = cos(v_r, t_l); pooled over r.
#pragma once

#include "pooling.hpp"
#include "tokens.hpp"

namespace reference {

struct VisualSemanticAttention {
  double temperature = 0.1;
  Pool pool = Pool::log_sum_exp;
  double beta = 0.1;
  bool padding_is_minus_one = false;  // in the softmax: the published code
};

/// image (I, R, D), words (T, L, D) -> (I, T).
inline Array visual_semantic_attention(const VisualSemanticAttention& p, const Array& image, const Array& words,
                                       const Lengths& word_lengths = {}, const Lengths& region_lengths = {}) {
  return every_pair(image, words, region_lengths, word_lengths, [&](const Tokens& regions, const Tokens& text) {
    const std::vector<Vector> unit_words = units(text.rows);
    Vector s;
    for (const Vector& v : units(regions.rows)) {
      Vector logits;
      for (const Vector& t : unit_words) logits.push_back(dot(v, t) / p.temperature);
      for (Index n = 0; p.padding_is_minus_one && n < text.padding; ++n) logits.push_back(-1.0 / p.temperature);
      const Vector context = weighted_sum(softmax(logits), unit_words);
      s.push_back(dot(v, context) / (length(context) + 1e-8));
    }
    return pooled(p.pool, s, p.beta);
  });
}

}  // namespace reference
