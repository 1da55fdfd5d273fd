// Orders that depend on a seed and an epoch alone, so that a resumed run needs no stored order, and that are the same
// on every platform: std::shuffle and the standard distributions are not.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "mgan/core/draw.hpp"

namespace mgan::train {

using mgan::draw_below;
using mgan::mix;

/// 0 .. n-1 in an order given by (seed, epoch): Fisher-Yates.
inline std::vector<std::int64_t> epoch_permutation(std::int64_t n, std::uint64_t seed, std::int64_t epoch) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n < 0 ? 0 : n));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::mt19937_64 bits(mix(seed, static_cast<std::uint64_t>(epoch)));
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw_below(i, bits)]);
  return order;
}

}  // namespace mgan::train
