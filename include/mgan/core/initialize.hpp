// Initial weights from a seed, the same numbers on every backend.
#pragma once

#include <cmath>
#include <cstdint>

#include "mgan/core/host.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan {

/// A seeded source of uniform numbers (SplitMix64, Steele et al. 2014), the same on every platform. Written here
/// because <random> alone would double the cost of including mgan.
struct WeightGenerator {
  std::uint64_t state = 0;

  std::uint64_t bits() {
    std::uint64_t x = state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }
  double uniform(double low, double high) { return low + (high - low) * static_cast<double>(bits() >> 11) * 0x1.0p-53; }
};

/// Fills a weight with U(-1/sqrt(fan_in), 1/sqrt(fan_in)); fan_in is the product of all axes but the first.
template <Tensor W>
void fill_uniform(W& weight, WeightGenerator& generator) {
  HostArray numbers = to_host(weight);
  const double fan_in = static_cast<double>(element_count(numbers.shape)) / static_cast<double>(numbers.shape.at(0));
  for (double& x : numbers.values) x = generator.uniform(-1, 1) / std::sqrt(fan_in);
  assign(weight, numbers);
}

/// Fills a weight (out, in) with U(-sqrt(6 / (in + out)), sqrt(6 / (in + out))): Glorot and Bengio, AISTATS 2010.
template <Tensor W>
void fill_xavier(W& weight, WeightGenerator& generator) {
  HostArray numbers = to_host(weight);
  const double limit = std::sqrt(6.0 / static_cast<double>(numbers.shape.at(0) + numbers.shape.at(1)));
  for (double& x : numbers.values) x = generator.uniform(-limit, limit);
  assign(weight, numbers);
}

namespace detail {
template <class M>
void initialize(M& m, WeightGenerator& generator) {
  if constexpr (requires { m.initialize(generator); }) {
    m.initialize(generator);
  } else if constexpr (is_list<M>) {
    for (auto& child : m) initialize(child, generator);
  } else if constexpr (!Tensor<M> && HasParameters<M>) {
    M::visit(m, [&](const auto&, auto& child) { initialize(child, generator); });
  }
}
}  // namespace detail

/// Draws the weights of every layer that asks for it (Linear, Projection, Conv1d); identities and ones stay.
template <class M>
void initialize(M& m, std::uint64_t seed) {
  WeightGenerator generator{seed};
  detail::initialize(m, generator);
}

}  // namespace mgan
