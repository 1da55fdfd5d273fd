// Padding: whatever stands behind a mask changes no score, and its gradient is exactly zero.
#pragma once

#include <string>
#include <vector>

#include "mgan/core/parameters.hpp"
#include "mgan/testing/autograd.hpp"
#include "mgan/testing/numbers.hpp"
#include "mgan/testing/result.hpp"

namespace mgan::detail {

/// For every number of `values` (B, n, ...): whether it stands behind the mask (B, n).
inline std::vector<bool> behind(const HostArray& values, const HostArray& mask) {
  const std::int64_t size = element_count(values.shape) / element_count(mask.shape);
  std::vector<bool> out;
  for (const double real : mask.values) out.insert(out.end(), static_cast<std::size_t>(size), real == 0);
  return out;
}

/// The numbers behind the mask replaced by finite garbage, large and of both signs.
template <class T>
Masked<T> with_garbage(const Masked<T>& x, std::uint64_t seed) {
  HostArray numbers = to_host(x.values);
  const HostArray garbage = random_numbers(numbers.shape, seed);
  const std::vector<bool> padding = behind(numbers, to_host(x.mask));
  for (std::size_t i = 0; i < padding.size(); ++i)
    if (padding[i]) numbers.values[i] = 100 * garbage.values[i];
  return {with_numbers(x.values, numbers), x.mask};
}

/// Adds the results for one side, if it is Masked; `score(side)` are the scores with it.
template <class Side, class Score>
void check_side(const char* name, const Side& side, const HostArray& all, Tolerance same, const Score& score,
                std::vector<CheckResult>& results) {
  if constexpr (is_masked<Side>) {
    using T = tensor_of<Side>;
    CheckResult changed{std::string("padding of ") + name, "garbage behind the mask", "the whole"};
    const Side garbage = with_garbage(side, 21);
    changed.compare("scores", to_host(score(garbage)), all, same);
    results.push_back(changed);
    if constexpr (Differentiable<T>) {
      CheckResult gradient{std::string("gradient of padding of ") + name, "autograd", "what padding deserves"};
      const Side leaf{autograd<T>::leaf(garbage.values), garbage.mask};
      autograd<T>::backward(score(leaf), random_numbers(all.shape, 22));
      const HostArray actual = autograd<T>::gradient(leaf.values);
      const std::vector<bool> padding = behind(actual, to_host(side.mask));
      for (std::size_t i = 0; i < padding.size(); ++i)
        if (padding[i])
          gradient.compare(name, position(static_cast<std::int64_t>(i), actual.shape), actual.values[i], 0, 0);
      results.push_back(gradient);
    }
  }
}

template <class M, class Images, class Texts>
void check_padding(const M& functor, const Images& images, const Texts& texts, const HostArray& all, Tolerance same,
                   std::vector<CheckResult>& results) {
  check_side(
      "image", images, all, same, [&](const Images& x) { return all_pairs(functor, x, texts); }, results);
  check_side(
      "text", texts, all, same, [&](const Texts& x) { return all_pairs(functor, images, x); }, results);
}

}  // namespace mgan::detail
