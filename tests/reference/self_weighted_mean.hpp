// mean(x) = sum_i softmax_i(scale x / max(|x|, 1e-12)) x_i, over the words of every region, then over the regions.
#pragma once

#include "tokens.hpp"

namespace reference {

inline double self_weighted_mean(const Vector& x, double scale) {
  Vector logits = unit(x);
  for (double& number : logits) number *= scale;
  return dot(softmax(logits), x);
}

/// image (I, F, D), words (T, L, D) -> (I, T).
inline Array self_weighted_mean(double scale, const Array& image, const Array& words, const Lengths& word_lengths = {},
                                const Lengths& region_lengths = {}) {
  return every_pair(image, words, region_lengths, word_lengths, [&](const Tokens& regions, const Tokens& text) {
    Vector per_region;
    for (const Vector& v : regions.rows) {
      Vector c;
      for (const Vector& t : text.rows) c.push_back(cosine(v, t));
      per_region.push_back(self_weighted_mean(c, scale));
    }
    return self_weighted_mean(per_region, scale);
  });
}

}  // namespace reference
