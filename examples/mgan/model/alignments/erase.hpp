// Rows of the table behind the slots of the matcher: regions against words, [CLS] against [CLS], patches against words.
#pragma once

#include <utility>

#include "mgan/fused/torch/low_precision.hpp"
#include "mgan/fused/torch/packed_patches.hpp"
#include "model/alignments.hpp"

namespace program {

/// A module on the fused sweep, whose images can be kept packed.
template <class M>
class ErasedFused final : public ErasedIn<AnyPatchAlignment, mgan::Fused<M>> {
  using Base = ErasedIn<AnyPatchAlignment, mgan::Fused<M>>;

 public:
  explicit ErasedFused(M m) : Base(mgan::Fused<M>{std::move(m)}) {}
  bool explains() const override { return Base::template explainable<M>; }
  std::any explain(const AnyState& x, const AnyState& y) const override {
    return Base::explain_with(this->module.module, x, y);
  }
  bool is_packed() const override { return true; }
  at::Tensor score_packed(const mgan::PackedPatches& images, const AnyState& text) const override {
    return mgan::score_packed(this->module.module, images, text.get<Ragged>());
  }
};

/// A module on the sweep with products in Format, and its rescore in fp32.
template <class Format, class M>
class ErasedLowPrecision final : public ErasedIn<AnyPatchAlignment, mgan::LowPrecision<M, Format>> {
  using Low = mgan::LowPrecision<M, Format>;
  using Base = ErasedIn<AnyPatchAlignment, Low>;

 public:
  explicit ErasedLowPrecision(M m) : Base(Low{{std::move(m)}}) {}
  bool rescores() const override { return true; }
  /// The function keeps a copy of the module, which shares its weights.
  Rescore rescored_with(const at::Tensor& images) const override {
    const auto listed = std::make_shared<const mgan::ListedImages>(this->module.listed(images));
    return [low = this->module, listed](const AnyState& text, std::span<const mgan::kernels::Pair> pairs) {
      return low.rescore(*listed, text.get<Ragged>(), pairs);
    };
  }
};

/// The module, on the fused sweep where it has an epilogue and the sizes ask for it.
template <class M>
AnyPatchAlignment erase_scored(M m, const AlignmentSizes& sizes) {
  if constexpr (mgan::Fusable<M>) {
    if (sizes.scorer == Scorer::fused) return {std::make_shared<ErasedFused<M>>(std::move(m))};
    if (sizes.scorer == Scorer::fused_bf16)
      return {std::make_shared<ErasedLowPrecision<mgan::kernels::Bf16, M>>(std::move(m))};
    if (sizes.scorer == Scorer::fused_int8)
      return {std::make_shared<ErasedLowPrecision<mgan::kernels::Int8, M>>(std::move(m))};
  }
  return erase<AnyPatchAlignment>(std::move(m));
}

/// What `published` gives a name, for every slot that the name serves.
template <mgan::zoo::Slot slot, class Make>
NamedModule named(const mgan::zoo::Published<slot>& p, const Make& make) {
  using mgan::zoo::Slot;
  NamedModule module{p.name, p.what};
  const auto drawn = [make](const AlignmentSizes& sizes) { return mgan::zoo::made<at::Tensor>(make, sizes); };
  if constexpr (slot == Slot::global)
    module.global = [drawn](const AlignmentSizes& s) { return erase<AnyGlobalAlignment>(drawn(s)); };
  if constexpr (slot == Slot::region || slot == Slot::tokens)
    module.region = [drawn](const AlignmentSizes& s) { return erase<AnyRegionAlignment>(drawn(s)); };
  if constexpr (slot == Slot::patch || slot == Slot::tokens)
    module.patch = [drawn](AlignmentSizes s) {
      s.image_tokens = s.patches;
      return erase_scored(drawn(s), s);
    };
  return module;
}

template <class Rows>
std::vector<NamedModule> modules_of() {
  std::vector<NamedModule> modules;
  Rows::each([&]<class Row>(std::type_identity<Row>) {
    Row::published([&](const auto& p, const auto& make) { modules.push_back(named(p, make)); });
  });
  return modules;
}

}  // namespace program
