// A module behind the two slots that compare tokens: regions against words, patches against words.
#pragma once

#include <utility>

#include "../alignments.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/fused/torch.hpp"

namespace program {

/// The module, on the fused sweep where it has an epilogue and the sizes ask for it.
template <class Image, class Text, class M>
AnyAlignment<Image, Text> erase_scored(M module, const AlignmentSizes& sizes) {
  if constexpr (mgan::Fusable<M>) {
    if (sizes.fused) return erase<Image, Text>(mgan::Fused<M>{std::move(module)});
  }
  return erase<Image, Text>(std::move(module));
}

/// `make(sizes)` returns the module; its weights are drawn from the seed.
template <class Make>
NamedModule token_module(std::string name, std::string what, Make make) {
  const auto drawn = [make](const AlignmentSizes& sizes) {
    auto module = make(sizes);
    mgan::initialize(module, sizes.seed);
    return module;
  };
  NamedModule named{std::move(name), std::move(what)};
  named.region = [drawn](const AlignmentSizes& sizes) { return erase<Ragged, Ragged>(drawn(sizes)); };
  named.patch = [drawn](const AlignmentSizes& sizes) { return erase_scored<at::Tensor, Ragged>(drawn(sizes), sizes); };
  return named;
}

/// For modules that need a fixed number of image tokens: patches alone.
template <class Make>
NamedModule patch_module(std::string name, std::string what, Make make) {
  NamedModule named{std::move(name), std::move(what)};
  named.patch = [make](const AlignmentSizes& sizes) { return erase_scored<at::Tensor, Ragged>(make(sizes), sizes); };
  return named;
}

}  // namespace program
