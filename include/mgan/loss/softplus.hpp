// -log sigmoid(-y) = log(1 + exp(y)), without overflow and without the loss of small numbers.
#pragma once

#include "mgan/ops/arithmetic.hpp"

namespace mgan {

/// (...) -> (...). With m = max(y, 0) it is m + log(1 + exp(y - 2 m)), whose derivative is sigmoid(y) whatever that of
/// m is taken to be at 0.
template <Tensor X>
auto softplus(const X& y) {
  const auto m = relu(y);                                  // (...)
  return add(m, log(shift(exp(sub(y, scale(m, 2))), 1)));  // (...)
}

}  // namespace mgan
