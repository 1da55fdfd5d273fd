// The ranking and the diversity term together. Eq. (13) of the MGAN paper.
#pragma once

#include "mgan/ops/arithmetic.hpp"

namespace mgan {

/// Which of the two terms carries the factor 0.01.
struct LossBalance {
  double ranking = 1;
  double diversity = 0.01;

  /// L = L_rank + 0.01 L_div: the code the term comes from, and the default (docs/mathematics.md says why).
  static constexpr LossBalance camera() { return {1, 0.01}; }
  /// L = L_div + 0.01 L_rank: Eq. (13) as printed.
  static constexpr LossBalance as_printed() { return {0.01, 1}; }

  /// Both terms summed over the batch -> the loss.
  template <Tensor R, Tensor D>
  auto operator()(const R& ranking_loss, const D& diversity_loss) const {
    return add(scale(ranking_loss, ranking), scale(diversity_loss, diversity));
  }
};

}  // namespace mgan
