// The interaction as its own paper has it.
//
//     ISA(x; W) = sum_j a_j x_j,    a = softmax((softmax(x / tau) W) / tau),    tau = 0.01
//
// UCoFiA (Wang et al., ICCV 2023; Ziyang412/UCoFiA), from which MGAN takes the module. A row vector times W: with W =
// A' it is Eq. (7) to (10). The published code does not mask padded words. Cost a pair: 2 K L D.
#pragma once

#include "mgan/alignment/ignore_padding.hpp"
#include "mgan/alignment/patch_alignment.hpp"

namespace mgan {

/// The MGAN paper prints no temperature, which is 1.
inline constexpr double ucofia_temperature = 0.01;

/// Identities, K patches and captions of at most L words.
template <Tensor T>
PatchAlignment<T> ucofia_alignment(std::int64_t patches, std::int64_t words) {
  auto module = PatchAlignment<T>::create(patches, words, ucofia_temperature);
  module.convention = Convention::row;
  return module;
}

/// The same, blind to padding.
template <Tensor T>
IgnorePadding<PatchAlignment<T>> ucofia_alignment_compat(std::int64_t patches, std::int64_t words) {
  return {ucofia_alignment<T>(patches, words)};
}

}  // namespace mgan
