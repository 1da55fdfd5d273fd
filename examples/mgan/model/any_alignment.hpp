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

#include "mgan/alignment/explain.hpp"
#include "mgan/alignment/offered_tokens.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/core/state.hpp"
#include "mgan/embedding/patch_embedding.hpp"
#include "mgan/embedding/text_embedding.hpp"

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

/// What a step of training is scored with.
using TrainingStep = mgan::Training<at::Generator, mgan::StateUpdates<at::Tensor>>;

/// What the matcher asks of a module, and what some modules can do besides. A null step is inference.
template <class Image, class Text>
class AlignmentModule {
 public:
  using Visitor = std::function<void(const std::string&, at::Tensor&)>;

  virtual ~AlignmentModule() = default;
  virtual AnyState prepare_image(const Image& x, const TrainingStep* step) const = 0;
  virtual AnyState prepare_text(const Text& x, const TrainingStep* step) const = 0;
  virtual at::Tensor score(const AnyState& image, const AnyState& text, const TrainingStep* step) const = 0;
  virtual bool scores_whole_batch() const = 0;
  /// Whether it scores regions by where they are.
  virtual bool needs_boxes() const = 0;
  virtual void visit(const Visitor& f) = 0;
  virtual void visit_states(const Visitor& f) = 0;
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

/// What a slot hands over, in full; a module that does not ask for boxes or global vectors gets the tokens of it.
template <class X>
inline constexpr bool has_boxes = requires(const X& x) {
  x.boxes;
};
template <class X>
inline constexpr bool has_global = requires(const X& x) {
  x.global;
};
template <class M, class X>
const auto& asked_for(const X& x) {
  if constexpr (has_boxes<X> && !mgan::WantsBoxes<M>) return x.tokens;
  else if constexpr (has_global<X> && mgan::WantsGlobal<M>) return x;
  else if constexpr (requires { x.patches; }) return x.patches;
  else if constexpr (requires { x.words; }) return x.words;
  else return x;
}

/// A module, or none. Copies share the module and its weights.
template <class ImageOf, class TextOf>
struct AnyAlignment {
  using Image = ImageOf;
  using Text = TextOf;
  static constexpr bool wants_boxes = has_boxes<Image>;
  static constexpr bool wants_global = has_global<Image>;

  std::shared_ptr<AlignmentModule<Image, Text>> module = {};

  bool enabled() const { return module != nullptr; }
  const AlignmentModule<Image, Text>* operator->() const { return module.get(); }
  AnyState prepare_image(const Image& x) const { return module->prepare_image(x, nullptr); }
  AnyState prepare_text(const Text& x) const { return module->prepare_text(x, nullptr); }
  at::Tensor score(const AnyState& x, const AnyState& y) const { return module->score(x, y, nullptr); }
  AnyState prepare_image(const Image& x, const TrainingStep& step) const { return module->prepare_image(x, &step); }
  AnyState prepare_text(const Text& x, const TrainingStep& step) const { return module->prepare_text(x, &step); }
  at::Tensor score(const AnyState& x, const AnyState& y, const TrainingStep& step) const {
    return module->score(x, y, &step);
  }
  bool scores_whole_batch() const { return module && module->scores_whole_batch(); }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    if (self.module) self.module->visit([&f](const std::string& name, at::Tensor& weight) { f(name, weight); });
  }
  template <class Self, class F>
  static void visit_state(Self& self, F&& f) {
    if (self.module) self.module->visit_states([&f](const std::string& name, at::Tensor& state) { f(name, state); });
  }
};

/// What the region, global and patch slots of the matcher hand over.
using Ragged = mgan::Masked<at::Tensor>;
using AnyRegionAlignment = AnyAlignment<mgan::RegionTokens<Ragged, at::Tensor, at::Tensor>, Ragged>;
using AnyGlobalAlignment = AnyAlignment<at::Tensor, at::Tensor>;
using AnyPatchAlignment = AnyAlignment<mgan::PatchTokens<at::Tensor, at::Tensor>, mgan::TextTokens<Ragged, at::Tensor>>;

/// The module M behind the interface.
template <class Image, class Text, class M>
class Erased : public AlignmentModule<Image, Text> {
 public:
  using typename AlignmentModule<Image, Text>::Visitor;

  explicit Erased(M m) : module(std::move(m)) {}

  AnyState prepare_image(const Image& x, const TrainingStep* step) const override {
    const auto& image = asked_for<M>(x);
    return step ? AnyState::of(ImageState(mgan::prepare_image(module, image, *step)))
                : AnyState::of(mgan::prepare_image(module, image));
  }
  AnyState prepare_text(const Text& x, const TrainingStep* step) const override {
    const auto& text = asked_for<M>(x);
    return step ? AnyState::of(TextState(mgan::prepare_text(module, text, *step)))
                : AnyState::of(mgan::prepare_text(module, text));
  }
  at::Tensor score(const AnyState& x, const AnyState& y, const TrainingStep* step) const override {
    const ImageState& image = x.get<ImageState>();
    const TextState& text = y.get<TextState>();
    return step ? mgan::score(module, image, text, *step) : mgan::score(module, image, text);
  }
  bool scores_whole_batch() const override { return mgan::scores_whole_batch(module); }
  bool needs_boxes() const override { return mgan::WantsBoxes<M>; }
  void visit(const Visitor& f) override { mgan::visit_parameters(module, f); }
  void visit_states(const Visitor& f) override { mgan::visit_states(module, f); }
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
  using ImageState =
      decltype(mgan::prepare_image(std::declval<const M&>(), asked_for<M>(std::declval<const Image&>())));
  using TextState = decltype(mgan::prepare_text(std::declval<const M&>(), asked_for<M>(std::declval<const Text&>())));

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

template <class Slot, class M>
using ErasedIn = Erased<typename Slot::Image, typename Slot::Text, M>;

/// Hides the type of a module for a slot.
template <class Slot, class M>
Slot erase(M m) {
  return {std::make_shared<ErasedIn<Slot, M>>(std::move(m))};
}

}  // namespace program
