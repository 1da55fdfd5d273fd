// S = max over (v, u) of cos(E_v, F_u).
#pragma once

#include "tokens.hpp"

namespace reference {

/// image (I, V, D), text (T, U, D) -> (I, T).
inline Array multi_view_max(const Array& image, const Array& text, const Lengths& text_lengths = {},
                            const Lengths& image_lengths = {}) {
  return every_pair(image, text, image_lengths, text_lengths, [](const Tokens& e, const Tokens& f) {
    double best = cosine(e.rows.front(), f.rows.front());
    for (const Vector& view : e.rows) {
      for (const Vector& other : f.rows) best = std::max(best, cosine(view, other));
    }
    return best;
  });
}

}  // namespace reference
