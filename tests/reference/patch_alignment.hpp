// Eq. (6)-(10): the nested interactions over C[k, l] = cos(p_k, t_l), both ways, and their mean.
#pragma once

#include "similarity_interaction.hpp"

namespace reference {

struct PatchAlignment {
  Array A1, A2, A3, A4;  // (L, L), (K, K), (K, K), (L, L)
  double temperature = 1.0;
  Convention convention = Convention::column;
};

struct PatchScores {
  Array scores, word_to_patch, patch_to_word;  // (I, T)
};

/// C of one pair: (K, real words).
inline Array cosine_similarity(const Array& patches, Index image, const Array& words, Index text, Index real) {
  Array c({patches.size(1), real});
  for (Index k = 0; k < patches.size(1); ++k) {
    for (Index l = 0; l < real; ++l) c.at(k, l) = cosine(patches.row(image, k), words.row(text, l));
  }
  return c;
}

/// patches (I, K, D) already selected, words (T, L, D) with lengths (T) -> three times (I, T).
inline PatchScores patch_alignment(const PatchAlignment& p, const Array& patches, const Array& words,
                                   const Lengths& word_lengths) {
  const std::vector<Index> shape{patches.size(0), words.size(0)};
  PatchScores out{Array(shape), Array(shape), Array(shape)};
  for (Index i = 0; i < patches.size(0); ++i) {
    for (Index t = 0; t < words.size(0); ++t) {
      const Index real = length_of(word_lengths, t, words.size(1));
      const Array c = cosine_similarity(patches, i, words, t, real);

      Vector per_patch;  // s_k = ISA(C[k, :]; A_1)
      for (Index k = 0; k < c.size(0); ++k) {
        per_patch.push_back(similarity_interaction(p.A1, c.row(k), p.temperature, p.convention));
      }
      const double w2p = similarity_interaction(p.A2, per_patch, p.temperature, p.convention);

      Vector per_word;  // s_l = ISA(C[:, l]; A_3)
      for (Index l = 0; l < real; ++l) {
        Vector column;
        for (Index k = 0; k < c.size(0); ++k) column.push_back(c.at(k, l));
        per_word.push_back(similarity_interaction(p.A3, column, p.temperature, p.convention));
      }
      const double p2w = similarity_interaction(p.A4, per_word, p.temperature, p.convention);

      out.word_to_patch.at(i, t) = w2p;
      out.patch_to_word.at(i, t) = p2w;
      out.scores.at(i, t) = (w2p + p2w) / 2.0;
    }
  }
  return out;
}

}  // namespace reference
