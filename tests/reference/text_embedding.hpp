// The text side of the embeddings: one Linear for the words and for [CLS].
#pragma once

#include "patch_embedding.hpp"

namespace reference {

/// tokens (T, 1 + L, d_w), [CLS] first -> words (T, L, D), global (T, D). Padding goes through like a word.
inline Embedded text_embedding(const Linear& p, const Array& tokens) {
  const Index texts = tokens.size(0), words = tokens.size(1) - 1, width = p.weight.size(0);
  Embedded out{Array({texts, words, width}), Array({texts, width})};
  for (Index t = 0; t < texts; ++t) {
    out.global.set_row(linear(p, tokens.row(t, 0)), t);
    for (Index l = 0; l < words; ++l) out.tokens.set_row(linear(p, tokens.row(t, 1 + l)), t, l);
  }
  return out;
}

}  // namespace reference
