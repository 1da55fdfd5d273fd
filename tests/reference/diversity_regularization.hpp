// The diversity term: |B^T B - I|_F^2 with B the logits A at unit length over the real regions, summed over the batch.
#pragma once

#include "layers.hpp"

namespace reference {

/// assignment_logits (I, R, N), before the softmax, with lengths (I) or none.
inline double diversity_regularization(const Array& assignment_logits, const Lengths& region_lengths = {}) {
  double loss = 0.0;
  for (Index i = 0; i < assignment_logits.size(0); ++i) {
    std::vector<Vector> columns;
    for (Index n = 0; n < assignment_logits.size(2); ++n) {
      Vector column;
      for (Index r = 0; r < length_of(region_lengths, i, assignment_logits.size(1)); ++r) {
        column.push_back(assignment_logits.at(i, r, n));
      }
      columns.push_back(unit(column));
    }
    for (std::size_t a = 0; a < columns.size(); ++a) {
      for (std::size_t b = 0; b < columns.size(); ++b) {
        const double off = dot(columns[a], columns[b]) - (a == b ? 1.0 : 0.0);
        loss += off * off;
      }
    }
  }
  return loss;
}

}  // namespace reference
