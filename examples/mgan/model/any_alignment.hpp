// One type for every alignment module, so that names can choose at run time and the trainer is compiled once.
// The library stays static; this is the program's price for `--patch-alignment NAME`.
#pragma once

#include <any>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mgan/alignment/contract.hpp"
#include "mgan/alignment/explain.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan {
struct PackedPatches;  // fused/torch/packed_patches.hpp
struct Rescored;       // fused/torch/low_precision.hpp
namespace kernels {
struct Pair;  // kernels/cpu/pair_rows.hpp
}
}  // namespace mgan

namespace program {

/// A state of any module: what prepare returned.
struct AnyState {
  using TensorMap = std::function<at::Tensor(const at::Tensor&)>;

  std::any value;
  std::function<AnyState(const std::any&, const TensorMap&)> mapped;
  std::function<at::Tensor(const std::any&)> first;

  bool empty() const { return !value.has_value(); }
  template <class F>
  AnyState map(const F& f) const {
    return empty() ? AnyState{} : mapped(value, TensorMap(f));
  }
  at::Tensor first_tensor() const { return first(value); }
};

template <class State>
AnyState erase_state(State state) {
  return {std::move(state),
          [](const std::any& s, const AnyState::TensorMap& f) {
            return erase_state(mgan::map_state(std::any_cast<const State&>(s), f));
          },
          [](const std::any& s) { return at::Tensor(mgan::first_tensor(std::any_cast<const State&>(s))); }};
}

/// A module behind functions, or none. Copies share the module and its weights.
template <class Image, class Text>
struct AnyAlignment {
  std::function<AnyState(const Image&)> image;
  std::function<AnyState(const Text&)> text;
  std::function<at::Tensor(const AnyState&, const AnyState&)> pair;
  std::function<at::Tensor(const AnyState&)> assignment_logits;  // empty: the module has no diversity term
  /// An image state whose tensors are `next()`, in the order in which map visits them.
  std::function<AnyState(const std::function<at::Tensor()>& next)> restored;
  /// S (I, T) of packed images and a text state; empty: the module does not run on the fused sweep.
  std::function<at::Tensor(const mgan::PackedPatches&, const AnyState&)> packed;
  /// What mgan::explain returns for one pair of states without batch axes; empty: the module cannot say.
  std::function<std::any(const AnyState&, const AnyState&)> explained;
  /// fp32 scores of listed pairs of prepared images (I, K, D), which it keeps packed, and a state of captions; empty:
  /// all scores are fp32 already.
  using Rescore = std::function<mgan::Rescored(const AnyState&, std::span<const mgan::kernels::Pair>)>;
  std::function<Rescore(const at::Tensor&)> rescored_with;
  std::vector<std::pair<std::string, at::Tensor*>> weights;
  std::shared_ptr<void> module;

  bool enabled() const { return module != nullptr; }
  AnyState prepare_image(const Image& x) const { return image(x); }
  AnyState prepare_text(const Text& x) const { return text(x); }
  at::Tensor score(const AnyState& x, const AnyState& y) const { return pair(x, y); }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    for (auto& [name, weight] : self.weights) f(name, *weight);
  }
};

/// What the region, global and patch slots of the matcher hand over.
using Ragged = mgan::Masked<at::Tensor>;
using AnyRegionAlignment = AnyAlignment<Ragged, Ragged>;
using AnyGlobalAlignment = AnyAlignment<at::Tensor, at::Tensor>;
using AnyPatchAlignment = AnyAlignment<at::Tensor, Ragged>;

/// The module itself, without mgan::Fused around it.
template <class M>
const auto& bare(const M& m) {
  if constexpr (requires { m.module.A1; }) return m.module;
  else return m;
}

/// Hides the type of a module.
template <class Image, class Text, class M>
AnyAlignment<Image, Text> erase(M m) {
  const auto shared = std::make_shared<M>(std::move(m));
  using ImageState = decltype(mgan::prepare_image(*shared, std::declval<const Image&>()));
  using TextState = decltype(mgan::prepare_text(*shared, std::declval<const Text&>()));

  AnyAlignment<Image, Text> erased;
  erased.image = [shared](const Image& x) { return erase_state(mgan::prepare_image(*shared, x)); };
  erased.text = [shared](const Text& x) { return erase_state(mgan::prepare_text(*shared, x)); };
  erased.pair = [shared](const AnyState& x, const AnyState& y) {
    return mgan::score(*shared, std::any_cast<const ImageState&>(x.value), std::any_cast<const TextState&>(y.value));
  };
  if constexpr (requires(const ImageState& state) { state.assignment_logits; }) {
    erased.assignment_logits = [](const AnyState& x) {
      return std::any_cast<const ImageState&>(x.value).assignment_logits;
    };
  }
  erased.restored = [](const std::function<at::Tensor()>& next) {
    return erase_state(mgan::map_state(ImageState{}, [&next](const auto&) { return next(); }));
  };
  if constexpr (requires(const ImageState& x, const TextState& y) { mgan::explain(bare(*shared), x, y); })
    erased.explained = [shared](const AnyState& x, const AnyState& y) -> std::any {
      return mgan::explain(bare(*shared), std::any_cast<const ImageState&>(x.value),
                           std::any_cast<const TextState&>(y.value));
    };
  mgan::visit_parameters(*shared,
                         [&](const std::string& name, at::Tensor& w) { erased.weights.emplace_back(name, &w); });
  erased.module = shared;
  return erased;
}

}  // namespace program
