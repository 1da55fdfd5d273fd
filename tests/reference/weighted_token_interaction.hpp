// S = (sum_l alpha_l max_r C[r, l] + sum_r beta_r max_l C[r, l]) / 2, alpha and beta the softmax of an MLP of the
// tokens.
#pragma once

#include <optional>

#include "tokens.hpp"

namespace reference {

struct WeightedTokenInteraction {
  Linear text_hidden, text_output;     // (D, D), (1, D)
  Linear image_hidden, image_output;   // (D, D), (1, D)
  std::optional<double> filling = {};  // what padding says in the maximum; none: nothing
};

/// softmax over the tokens of output(ReLU(hidden(x))).
inline Vector token_weights(const Linear& hidden, const Linear& output, const std::vector<Vector>& rows) {
  Vector logits;
  for (const Vector& x : rows) {
    Vector h = linear(hidden, x);
    for (double& number : h) number = std::max(number, 0.0);
    logits.push_back(linear(output, h).front());
  }
  return softmax(logits);
}

/// image (I, R, D), words (T, L, D) -> (I, T).
inline Array weighted_token_interaction(const WeightedTokenInteraction& p, const Array& image, const Array& words,
                                        const Lengths& word_lengths = {}, const Lengths& region_lengths = {}) {
  const auto direction = [&](const Vector& weights, const Tokens& from, const Tokens& to) {
    double sum = 0.0;
    for (std::size_t n = 0; n < from.rows.size(); ++n) {
      double best = cosine(from.rows[n], to.rows.front());
      for (const Vector& y : to.rows) best = std::max(best, cosine(from.rows[n], y));
      if (p.filling && to.padding > 0) best = std::max(best, *p.filling);
      sum += weights[n] * best;
    }
    return sum;
  };
  return every_pair(image, words, region_lengths, word_lengths, [&](const Tokens& regions, const Tokens& text) {
    const Vector alpha = token_weights(p.text_hidden, p.text_output, text.rows);
    const Vector beta = token_weights(p.image_hidden, p.image_output, regions.rows);
    return (direction(alpha, text, regions) + direction(beta, regions, text)) / 2.0;
  });
}

}  // namespace reference
