// Eq. (2): the tokens of the vision transformer through Linear - GELU - Linear, patches and [CLS] alike.
#pragma once

#include "layers.hpp"

namespace reference {

struct PatchEmbedding {
  Linear first;   // mlp.0: (D, d_p), (D)
  Linear second;  // mlp.2: (D, D), (D)
};

struct Embedded {
  Array tokens;  // patches (I, M, D) or words (T, L, D)
  Array global;  // (I, D) or (T, D)
};

/// tokens (I, 1 + M, d_p), [CLS] first -> patches (I, M, D), global (I, D).
inline Embedded patch_embedding(const PatchEmbedding& p, const Array& tokens) {
  const Index images = tokens.size(0), patches = tokens.size(1) - 1, width = p.second.weight.size(0);
  Embedded out{Array({images, patches, width}), Array({images, width})};
  for (Index i = 0; i < images; ++i) {
    for (Index m = 0; m < 1 + patches; ++m) {
      const Vector y = linear(p.second, gelu(linear(p.first, tokens.row(i, m))));
      if (m == 0) {
        out.global.set_row(y, i);
      } else {
        out.tokens.set_row(y, i, m - 1);
      }
    }
  }
  return out;
}

}  // namespace reference
