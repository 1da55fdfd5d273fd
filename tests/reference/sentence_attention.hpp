// The sentence vector: multi-head self-attention over the words, residual, mean over the real words.
#pragma once

#include "layers.hpp"

namespace reference {

struct SentenceAttention {
  Linear query, key, value, output;  // (D, D), (D)
  Index heads = 8;
};

/// words (T, L, D) with lengths (T) -> sentence (T, D).
inline Array sentence_attention(const SentenceAttention& p, const Array& words, const Lengths& word_lengths) {
  const Index width = words.size(2), head_width = width / p.heads;
  Array sentence({words.size(0), width});
  for (Index t = 0; t < words.size(0); ++t) {
    const Index real = length_of(word_lengths, t, words.size(1));
    Array q({real, width}), k({real, width}), v({real, width});
    for (Index l = 0; l < real; ++l) {
      q.set_row(linear(p.query, words.row(t, l)), l);
      k.set_row(linear(p.key, words.row(t, l)), l);
      v.set_row(linear(p.value, words.row(t, l)), l);
    }
    for (Index l = 0; l < real; ++l) {
      Vector attended(static_cast<std::size_t>(width), 0.0);
      for (Index h = 0; h < p.heads; ++h) {
        const Index first = h * head_width, last = first + head_width;
        Vector logits;
        for (Index j = 0; j < real; ++j) {
          double sum = 0.0;
          for (Index d = first; d < last; ++d) sum += q.at(l, d) * k.at(j, d);
          logits.push_back(sum / std::sqrt(static_cast<double>(head_width)));
        }
        const Vector weights = softmax(logits);
        for (Index j = 0; j < real; ++j) {
          for (Index d = first; d < last; ++d) {
            attended[static_cast<std::size_t>(d)] += weights[static_cast<std::size_t>(j)] * v.at(j, d);
          }
        }
      }
      const Vector out = linear(p.output, attended);
      for (Index d = 0; d < width; ++d) {
        const double y = words.at(t, l, d) + out[static_cast<std::size_t>(d)];
        sentence.at(t, d) += y / static_cast<double>(real);
      }
    }
  }
  return sentence;
}

}  // namespace reference
