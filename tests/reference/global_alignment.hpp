// Eq. (11): S_global = cos(p_cls, t_cls).
#pragma once

#include "layers.hpp"

namespace reference {

/// image (I, D), text (T, D) -> (I, T).
inline Array global_alignment(const Array& image, const Array& text) {
  Array scores({image.size(0), text.size(0)});
  for (Index i = 0; i < image.size(0); ++i) {
    for (Index t = 0; t < text.size(0); ++t) scores.at(i, t) = cosine(image.row(i), text.row(t));
  }
  return scores;
}

}  // namespace reference
