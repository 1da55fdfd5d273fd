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
class AnyState {
 public:
  using TensorMap = std::function<at::Tensor(const at::Tensor&)>;

  AnyState() = default;
  template <class State>
  static AnyState of(State state) {
    AnyState any;
    any.held_ = std::make_shared<const HeldState<State>>(std::move(state));
    return any;
  }

  bool empty() const { return !held_; }
  /// The state, if it is a State.
  template <class State>
  const State* get_if() const {
    const auto* held = dynamic_cast<const HeldState<State>*>(held_.get());
    return held ? &held->state : nullptr;
  }
  template <class State>
  const State& get() const {
    const State* state = get_if<State>();
    mgan::require(state != nullptr, "a state of another alignment module");
    return *state;
  }

  template <class F>
  AnyState map(const F& f) const {
    return empty() ? AnyState{} : held_->map(TensorMap(f));
  }
  at::Tensor first_tensor() const { return held_->first_tensor(); }

 private:
  struct Held {
    virtual ~Held() = default;
    virtual AnyState map(const TensorMap& f) const = 0;
    virtual at::Tensor first_tensor() const = 0;
  };
  template <class State>
  struct HeldState final : Held {
    State state;
    explicit HeldState(State s) : state(std::move(s)) {}
    AnyState map(const TensorMap& f) const override { return AnyState::of(mgan::map_state(state, f)); }
    at::Tensor first_tensor() const override { return mgan::first_tensor(state); }
  };
  std::shared_ptr<const Held> held_;
};

/// fp32 scores of listed pairs of images, which it keeps packed, and a state of captions.
using Rescore = std::function<mgan::Rescored(const AnyState&, std::span<const mgan::kernels::Pair>)>;

/// What the matcher asks of a module, and what some modules can do besides.
template <class Image, class Text>
class AlignmentModule {
 public:
  virtual ~AlignmentModule() = default;
  virtual AnyState prepare_image(const Image& x) const = 0;
  virtual AnyState prepare_text(const Text& x) const = 0;
  virtual at::Tensor score(const AnyState& image, const AnyState& text) const = 0;
  virtual void visit(const std::function<void(const std::string&, at::Tensor&)>& f) = 0;
  /// An image state whose tensors are `next()`, in the order in which map visits them.
  virtual AnyState restored(const std::function<at::Tensor()>& next) const = 0;

  /// The logits of the diversity term; undefined: the module has none.
  virtual at::Tensor assignment_logits(const AnyState&) const { return {}; }
  /// Whether mgan::explain knows the module, and what it returns for one pair of states without batch axes.
  virtual bool explains() const { return false; }
  virtual std::any explain(const AnyState&, const AnyState&) const { return {}; }
  /// Whether the module runs on the fused sweep, and S (I, T) of packed images and a text state.
  virtual bool is_packed() const { return false; }
  virtual at::Tensor score_packed(const mgan::PackedPatches&, const AnyState&) const {
    mgan::fail("this alignment module does not run on the fused sweep");
  }
  /// Whether its scores are in low precision, and what rescores them in fp32: of prepared images (I, K, D).
  virtual bool rescores() const { return false; }
  virtual Rescore rescored_with(const at::Tensor&) const { return {}; }
};

/// A module, or none. Copies share the module and its weights.
template <class Image, class Text>
struct AnyAlignment {
  std::shared_ptr<AlignmentModule<Image, Text>> module = {};

  bool enabled() const { return module != nullptr; }
  const AlignmentModule<Image, Text>* operator->() const { return module.get(); }
  AnyState prepare_image(const Image& x) const { return module->prepare_image(x); }
  AnyState prepare_text(const Text& x) const { return module->prepare_text(x); }
  at::Tensor score(const AnyState& x, const AnyState& y) const { return module->score(x, y); }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    if (self.module) self.module->visit([&f](const std::string& name, at::Tensor& weight) { f(name, weight); });
  }
};

/// What the region, global and patch slots of the matcher hand over.
using Ragged = mgan::Masked<at::Tensor>;
using AnyRegionAlignment = AnyAlignment<Ragged, Ragged>;
using AnyGlobalAlignment = AnyAlignment<at::Tensor, at::Tensor>;
using AnyPatchAlignment = AnyAlignment<at::Tensor, Ragged>;

/// The module M behind the interface.
template <class Image, class Text, class M>
class Erased : public AlignmentModule<Image, Text> {
 public:
  explicit Erased(M m) : module(std::move(m)) {}

  AnyState prepare_image(const Image& x) const override { return AnyState::of(mgan::prepare_image(module, x)); }
  AnyState prepare_text(const Text& x) const override { return AnyState::of(mgan::prepare_text(module, x)); }
  at::Tensor score(const AnyState& x, const AnyState& y) const override {
    return mgan::score(module, x.get<ImageState>(), y.get<TextState>());
  }
  void visit(const std::function<void(const std::string&, at::Tensor&)>& f) override {
    mgan::visit_parameters(module, f);
  }
  AnyState restored(const std::function<at::Tensor()>& next) const override {
    return AnyState::of(mgan::map_state(ImageState{}, [&next](const auto&) { return next(); }));
  }
  at::Tensor assignment_logits(const AnyState& x) const override {
    if constexpr (requires(const ImageState& s) { s.assignment_logits; }) return x.get<ImageState>().assignment_logits;
    else return {};
  }
  bool explains() const override { return explainable<M>; }
  std::any explain(const AnyState& x, const AnyState& y) const override { return explain_with(module, x, y); }

 protected:
  using ImageState = decltype(mgan::prepare_image(std::declval<const M&>(), std::declval<const Image&>()));
  using TextState = decltype(mgan::prepare_text(std::declval<const M&>(), std::declval<const Text&>()));

  template <class Functor>
  static constexpr bool explainable = requires(const Functor& f, const ImageState& x, const TextState& y) {
    mgan::explain(f, x, y);
  };
  template <class Functor>
  static std::any explain_with(const Functor& f, const AnyState& x, const AnyState& y) {
    if constexpr (explainable<Functor>) return mgan::explain(f, x.get<ImageState>(), y.get<TextState>());
    else return {};
  }

  M module;
};

/// Hides the type of a module.
template <class Image, class Text, class M>
AnyAlignment<Image, Text> erase(M m) {
  return {std::make_shared<Erased<Image, Text, M>>(std::move(m))};
}

}  // namespace program
