// The ablation of the interaction: (mean over patches of the max over words + mean over words of the max over patches)
// / 2.
#pragma once

#include "patch_alignment.hpp"

namespace reference {

/// patches (I, K, D), words (T, L, D) with lengths (T) -> (I, T).
inline Array plain_aggregation(const Array& patches, const Array& words, const Lengths& word_lengths) {
  Array scores({patches.size(0), words.size(0)});
  for (Index i = 0; i < patches.size(0); ++i) {
    for (Index t = 0; t < words.size(0); ++t) {
      const Index real = length_of(word_lengths, t, words.size(1));
      const Array c = cosine_similarity(patches, i, words, t, real);
      double over_patches = 0.0, over_words = 0.0;
      for (Index k = 0; k < c.size(0); ++k) {
        double best = c.at(k, 0);
        for (Index l = 1; l < real; ++l) best = std::max(best, c.at(k, l));
        over_patches += best / static_cast<double>(c.size(0));
      }
      for (Index l = 0; l < real; ++l) {
        double best = c.at(0, l);
        for (Index k = 1; k < c.size(0); ++k) best = std::max(best, c.at(k, l));
        over_words += best / static_cast<double>(real);
      }
      scores.at(i, t) = (over_patches + over_words) / 2.0;
    }
  }
  return scores;
}

}  // namespace reference
