// What every case on LibTorch is held to: gradients against central differences of the naive loop, padding without
// effect.
#pragma once

#include <ATen/ops/equal.h>

#include "tests/support/catch.hpp"
#include "tests/support/gradient_difference.hpp"

namespace support {

/// Results and gradients with `garbage` behind the lengths.
template <class Case>
std::pair<TorchSide, Outputs> run_with_padding(Case c, double garbage) {
  TorchSide side;
  side.differentiable = true;
  side.garbage = garbage;
  c.run(side);
  Outputs gradients = side.gradients(random_cotangents(c.expected(), 3));
  return {std::move(side), std::move(gradients)};
}

/// The sum of |gradient| behind the lengths of a batch (B, n, ...), the first `skip` positions not counted.
inline double gradient_of_padding(const Array& gradient, const Lengths& lengths, Index skip = 0) {
  double sum = 0;
  const Index positions = gradient.size(1);
  const auto width = gradient.values.size() / static_cast<std::size_t>(gradient.size(0) * positions);
  for (Index b = 0; b < gradient.size(0); ++b)
    for (Index n = skip + lengths.at(static_cast<std::size_t>(b)); n < positions; ++n)
      for (std::size_t d = 0; d < width; ++d)
        sum += std::abs(gradient.values[static_cast<std::size_t>(b * positions + n) * width + d]);
  return sum;
}

template <class Case>
void check_padding(const Case& c) {
  INFO(c.title);
  const auto [zeros, zero_gradients] = run_with_padding(c, 0);
  for (const double garbage : {std::nan(""), double{INFINITY}, -1e300}) {
    INFO("padding is " << garbage);
    const auto [side, gradients] = run_with_padding(c, garbage);
    for (const auto& [name, x] : zeros.results) {
      INFO(name);
      CHECK(at::equal(side.results.at(name), x));
    }
    for (const auto& [name, gradient] : zero_gradients) {
      INFO(name);
      CHECK(gradients.at(name).values == gradient.values);
    }
  }
}

}  // namespace support
