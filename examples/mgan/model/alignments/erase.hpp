// A module behind the two slots that compare tokens: regions against words, patches against words.
#pragma once

#include <utility>

#include "mgan/core/initialize.hpp"
#include "mgan/fused/torch/low_precision.hpp"
#include "mgan/fused/torch/packed_patches.hpp"
#include "model/alignments.hpp"

namespace program {

/// The module on the sweep with products in Format, and its rescore in fp32.
template <class Format, class Image, class Text, class M>
AnyAlignment<Image, Text> erase_low_precision(M module) {
  using Low = mgan::LowPrecision<M, Format>;
  auto erased = erase<Image, Text>(Low{{std::move(module)}});
  const auto shared = std::static_pointer_cast<Low>(erased.module);
  using Erased = AnyAlignment<Image, Text>;
  erased.rescored_with = [shared](const at::Tensor& images) -> typename Erased::Rescore {
    const auto listed = std::make_shared<const mgan::ListedImages>(shared->listed(images));
    return [shared, listed](const AnyState& text, std::span<const mgan::kernels::Pair> pairs) {
      return shared->rescore(*listed, std::any_cast<const Ragged&>(text.value), pairs);
    };
  };
  return erased;
}

/// The module, on the fused sweep where it has an epilogue and the sizes ask for it.
template <class Image, class Text, class M>
AnyAlignment<Image, Text> erase_scored(M module, const AlignmentSizes& sizes) {
  if constexpr (mgan::Fusable<M>) {
    if (sizes.scorer == Scorer::fused_bf16)
      return erase_low_precision<mgan::kernels::Bf16, Image, Text>(std::move(module));
    if (sizes.scorer == Scorer::fused_int8)
      return erase_low_precision<mgan::kernels::Int8, Image, Text>(std::move(module));
    if (sizes.scorer == Scorer::fused) {
      auto erased = erase<Image, Text>(mgan::Fused<M>{std::move(module)});
      const auto shared = std::static_pointer_cast<mgan::Fused<M>>(erased.module);
      erased.packed = [shared](const mgan::PackedPatches& images, const AnyState& text) {
        return mgan::score_packed(shared->module, images, std::any_cast<const Ragged&>(text.value));
      };
      return erased;
    }
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
