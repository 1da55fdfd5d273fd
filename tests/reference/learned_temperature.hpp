// The interaction at tau = exp(log_temperature), nested over words and patches.
#pragma once

#include <cmath>

#include "patch_alignment.hpp"

namespace reference {

struct LearnedTemperaturePatchAlignment {
  Array A1, A2, A3, A4;   // (L, L), (K, K), (K, K), (L, L)
  Array log_temperature;  // (1)
  Convention convention = Convention::column;
};

/// patches (I, K, D), words (T, L, D) with lengths (T) -> three times (I, T).
inline PatchScores learned_temperature(const LearnedTemperaturePatchAlignment& p, const Array& patches,
                                       const Array& words, const Lengths& word_lengths) {
  const double tau = std::exp(p.log_temperature.at(0));
  return patch_alignment({p.A1, p.A2, p.A3, p.A4, tau, p.convention}, patches, words, word_lengths);
}

}  // namespace reference
