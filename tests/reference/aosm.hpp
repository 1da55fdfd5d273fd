// AOSM(x; W) = sum_i (W softmax(x / tau))_i x_i over C[k, l] = p_k . (P t_l), nested both ways, and their mean.
#pragma once

#include "patch_alignment.hpp"
#include "tokens.hpp"

namespace reference {

struct Aosm {
  Array A1, A2, A3, A4;  // (L, L), (K, K), (K, K), (L, L)
  Array P;               // (D, D), or absent: the identity
  double temperature = 0.01;
  Convention convention = Convention::column;
};

inline double attend_over_similarity(const Aosm& p, const Array& weight, const Vector& x) {
  Vector scaled;
  for (const double number : x) scaled.push_back(number / p.temperature);
  const Vector first = softmax(scaled);
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x.size(); ++j) {
      sum += (p.convention == Convention::column ? weight.at(i, j) : weight.at(j, i)) * first[j] * x[i];
    }
  }
  return sum;
}

/// patches (I, K, D) already selected, words (T, L, D) with lengths (T) -> three times (I, T).
inline PatchScores aosm(const Aosm& p, const Array& patches, const Array& words, const Lengths& word_lengths = {}) {
  PatchScores out;
  out.word_to_patch = every_pair(patches, words, {}, word_lengths, [&](const Tokens& image, const Tokens& text) {
    Vector per_patch;
    for (const Vector& patch : units(image.rows)) {
      Vector c;
      for (const Vector& word : units(text.rows)) c.push_back(dot(patch, p.P.empty() ? word : linear({p.P, {}}, word)));
      per_patch.push_back(attend_over_similarity(p, p.A1, c));
    }
    return attend_over_similarity(p, p.A2, per_patch);
  });
  out.patch_to_word = every_pair(patches, words, {}, word_lengths, [&](const Tokens& image, const Tokens& text) {
    Vector per_word;
    for (const Vector& word : units(text.rows)) {
      Vector c;
      for (const Vector& patch : units(image.rows)) {
        c.push_back(dot(patch, p.P.empty() ? word : linear({p.P, {}}, word)));
      }
      per_word.push_back(attend_over_similarity(p, p.A3, c));
    }
    return attend_over_similarity(p, p.A4, per_word);
  });
  out.scores = out.word_to_patch;
  for (std::size_t n = 0; n < out.scores.values.size(); ++n) {
    out.scores.values[n] = (out.word_to_patch.values[n] + out.patch_to_word.values[n]) / 2.0;
  }
  return out;
}

}  // namespace reference
