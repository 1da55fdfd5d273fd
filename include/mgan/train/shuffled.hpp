// A source of batches out of anything that has an index, in an order of its own for every epoch.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/train/shuffle.hpp"

namespace mgan::train {

/// Batches of `size` examples of `examples`; what is left over in an epoch is left out. `make` takes the indices
/// (std::vector<std::int64_t>), and the epoch and place behind them if it wants to draw by them; several threads call
/// it.
template <class Make>
struct Shuffled {
  std::int64_t examples, size;
  Make make;
  std::uint64_t seed = 1;
  std::string data = {};  // what tells these examples from others, stored in checkpoints; empty: nothing is compared

  std::int64_t steps() const {
    require(size >= 1, "Shuffled: a batch of ", size, " examples, expected at least 1");
    require(examples >= size, "Shuffled: a batch is ", size, ", but there are ", examples, " examples");
    return examples / size;
  }
  auto batch(std::int64_t epoch, std::int64_t place) const {
    const auto order = epoch_permutation(examples, seed, epoch);
    const std::vector<std::int64_t> which(order.begin() + place * size, order.begin() + (place + 1) * size);
    if constexpr (std::invocable<const Make&, const std::vector<std::int64_t>&, std::int64_t, std::int64_t>)
      return make(which, epoch, place);
    else return make(which);
  }
  std::string fingerprint() const { return data; }
};
template <class Make>
Shuffled(std::int64_t, std::int64_t, Make) -> Shuffled<Make>;
template <class Make>
Shuffled(std::int64_t, std::int64_t, Make, std::uint64_t) -> Shuffled<Make>;
template <class Make>
Shuffled(std::int64_t, std::int64_t, Make, std::uint64_t, std::string) -> Shuffled<Make>;

}  // namespace mgan::train
