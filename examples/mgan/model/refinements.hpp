// Modules from tokens to tokens, chosen by name: one type for regions, patches and words, so that the matcher is
// compiled once.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "any_alignment.hpp"
#include "app/config.hpp"

namespace program {

/// A module behind its interface. A null step is inference; null positions: there are none.
class RefinementModule {
 public:
  using Visitor = std::function<void(const std::string&, at::Tensor&)>;

  virtual ~RefinementModule() = default;
  virtual Ragged refine(const Ragged& tokens, const at::Tensor* positions, const TrainingStep* step) const = 0;
  virtual at::Tensor refine(const at::Tensor& tokens, const at::Tensor* positions, const TrainingStep* step) const = 0;
  virtual void visit(const Visitor& f) = 0;
  virtual void visit_states(const Visitor& f) = 0;
};

/// A module, or none. Copies share the module and its weights.
struct AnyRefinement {
  static constexpr bool wants_positions = true;

  std::shared_ptr<RefinementModule> module = {};

  bool enabled() const { return module != nullptr; }

  /// Tokens (..., n, D), masked or not; in the second form V and L of Eq. (1).
  template <class X, mgan::ContextOfUse Context = mgan::Inference>
  X operator()(const X& tokens, const Context& context = {}) const {
    return module->refine(tokens, nullptr, step_of(context));
  }
  template <class X, mgan::ContextOfUse Context = mgan::Inference>
  X operator()(const X& tokens, const at::Tensor& positions, const Context& context = {}) const {
    return module->refine(tokens, &positions, step_of(context));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    if (self.module) self.module->visit([&f](const std::string& name, at::Tensor& weight) { f(name, weight); });
  }
  template <class Self, class F>
  static void visit_state(Self& self, F&& f) {
    if (self.module) self.module->visit_states([&f](const std::string& name, at::Tensor& state) { f(name, state); });
  }

 private:
  static const TrainingStep* step_of(const mgan::Inference&) { return nullptr; }
  static const TrainingStep* step_of(const TrainingStep& step) { return &step; }
};

/// The refinement called `kind` with the widths, heads and layers of a model, its weights drawn from the seed.
AnyRefinement make_refinement(Refinement kind, const ModelConfig& model, std::uint64_t seed);

}  // namespace program
