// Gradients of a case on LibTorch against central differences of its naive loop.
#pragma once

#include "tests/reference/numerical_gradient.hpp"
#include "torch_side.hpp"

namespace support {

/// "" when autograd agrees with central differences of the naive loop, for every leaf of the case.
template <class Case>
std::string gradient_difference(Case c) {
  TorchSide side;
  side.differentiable = true;
  c.run(side);
  const Outputs cotangents = random_cotangents(c.expected(), 5);
  const Outputs actual = side.gradients(cotangents);

  const auto objective = [&] {
    double sum = 0;
    for (const auto& [name, x] : c.expected()) {
      if (!side.results.at(name).requires_grad()) continue;
      for (std::size_t i = 0; i < x.values.size(); ++i) sum += cotangents.at(name).values[i] * x.values[i];
    }
    return sum;
  };
  auto all = c.weights();
  all += c.inputs();
  for (const auto& [name, leaf] : all) {
    if (is_state(name)) continue;
    const auto of_leaf = [&, x = leaf](const Array& moved) {
      const Array kept = *x;
      *x = moved;
      const double value = objective();
      *x = kept;
      return value;
    };
    const auto expected = reference::numerical_gradient(of_leaf, *leaf, 1e-2 * c.temperature());
    const std::string words = difference(actual.at(name), expected.value, {1e-8 + 10 * expected.error, 1e-7});
    if (!words.empty()) return name + words;
    if (expected.error > 1e-5) return name + ": the central differences are not to be trusted";
  }
  return "";
}

}  // namespace support
