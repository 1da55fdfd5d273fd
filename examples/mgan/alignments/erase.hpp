// A module behind the two slots that compare tokens: regions against words, patches against words.
#pragma once

#include <utility>

#include "../alignments.hpp"
#include "mgan/core/initialize.hpp"

namespace program {

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
  named.patch = [drawn](const AlignmentSizes& sizes) { return erase<at::Tensor, Ragged>(drawn(sizes)); };
  return named;
}

/// For modules that need a fixed number of image tokens: patches alone.
template <class Make>
NamedModule patch_module(std::string name, std::string what, Make make) {
  NamedModule named{std::move(name), std::move(what)};
  named.patch = [make](const AlignmentSizes& sizes) { return erase<at::Tensor, Ragged>(make(sizes)); };
  return named;
}

}  // namespace program
