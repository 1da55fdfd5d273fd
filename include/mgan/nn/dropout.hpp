// Dropout (Srivastava et al. 2014): in training a number is left out with a probability, the others grow to make up.
#pragma once

#include "mgan/core/context.hpp"
#include "mgan/core/tensor.hpp"

namespace mgan {

struct Dropout {
  double rate = 0.5;  // the probability, below 1; 0: none

  /// (...) -> (...). In training x / (1 - rate), or 0; the draws come from the context's generator.
  template <Tensor X, ContextOfUse Context = Inference>
  X operator()(const X& x, [[maybe_unused]] Context context = {}) const {
    if constexpr (is_training<Context>) {
      require(rate >= 0 && rate < 1, "Dropout: rate is ", rate, ", expected 0 or more, below 1");
      return rate == 0 ? x : X(ops_for<X>::dropout(x, rate, context.generator));
    } else {
      return x;
    }
  }
};

}  // namespace mgan
