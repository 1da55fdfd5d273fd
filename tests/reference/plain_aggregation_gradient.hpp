// The gradient of sum(dS S) for the plain aggregation, from rows that are prepared already: a maximum's gradient goes
// to the winner, of equals to the first.
#pragma once

#include "patch_alignment_gradient.hpp"

namespace reference {

/// Adds factor g to the largest entry of every row of c.
inline void add_to_winners(const Array& c, double each, Array& dc) {
  for (Index i = 0; i < c.size(0); ++i) {
    Index best = 0;
    for (Index j = 1; j < c.size(1); ++j)
      if (c.at(i, j) > c.at(i, best)) best = j;
    dc.at(i, best) += each;
  }
}

struct RowGradients {
  Array patches, words;
};

/// Shapes as patch_alignment_gradient's.
inline RowGradients plain_aggregation_gradient(const Array& patches, const Array& words, const Lengths& lengths,
                                               const Array& upstream) {
  RowGradients out{Array(patches.shape), Array(words.shape)};
  for (Index i = 0; i < patches.size(0); ++i)
    for (Index t = 0; t < words.size(0); ++t) {
      const double g = upstream.at(i, t) / 2.0;
      const Array c = products(patches, i, words, t, length_of(lengths, t, words.size(1)));
      Array dc(c.shape), back({c.size(1), c.size(0)});
      add_to_winners(c, g / static_cast<double>(c.size(0)), dc);
      add_to_winners(transposed(c), g / static_cast<double>(c.size(1)), back);
      const Array other = transposed(back);
      for (std::size_t e = 0; e < dc.values.size(); ++e) dc.values[e] += other.values[e];
      add_row_gradients(dc, patches, i, words, t, out.patches, out.words);
    }
  return out;
}

}  // namespace reference
