#include "refinements.hpp"

#include "mgan/core/initialize.hpp"
#include "mgan/refine/gated_self_attention.hpp"
#include "mgan/refine/graph_attention.hpp"
#include "mgan/refine/refinement.hpp"
#include "mgan/refine/visual_reasoning.hpp"

namespace program {

namespace {

template <class M>
class ErasedRefinement final : public RefinementModule {
 public:
  explicit ErasedRefinement(M m) : module_(std::move(m)) {}

  Ragged refine(const Ragged& tokens, const at::Tensor* positions, const TrainingStep* step) const override {
    return run(tokens, positions, step);
  }
  at::Tensor refine(const at::Tensor& tokens, const at::Tensor* positions, const TrainingStep* step) const override {
    return run(tokens, positions, step);
  }
  void visit(const Visitor& f) override { mgan::visit_parameters(module_, f); }
  void visit_states(const Visitor& f) override { mgan::visit_states(module_, f); }

 private:
  template <class X>
  X run(const X& tokens, const at::Tensor* positions, const TrainingStep* step) const {
    return step ? run_in(tokens, positions, *step) : run_in(tokens, positions, mgan::Inference{});
  }
  template <class X, class Context>
  X run_in(const X& tokens, const at::Tensor* positions, const Context& context) const {
    if (!positions) return module_(tokens, context);
    if constexpr (mgan::WantsPositions<M>) return module_(tokens, *positions, context);
    else
      return module_(mgan::map_values(tokens, [&](const at::Tensor& v) { return mgan::mul(v, *positions); }), context);
  }

  M module_;
};

template <class M>
AnyRefinement erased(M module, std::uint64_t seed) {
  mgan::initialize(module, seed);
  return {std::make_shared<ErasedRefinement<M>>(std::move(module))};
}

}  // namespace

AnyRefinement make_refinement(Refinement kind, const ModelConfig& model, std::uint64_t seed) {
  using T = at::Tensor;
  const auto layers = [&](std::int64_t published) { return model.refine_layers > 0 ? model.refine_layers : published; };
  switch (kind) {
    case Refinement::vsrn:
      return erased(mgan::VisualReasoning<T>::create(model.width, layers(4)), seed);
    case Refinement::gat:
      return erased(mgan::GraphAttention<T>::create(model.width, model.refine_heads), seed);
    case Refinement::agsa:
      return erased(mgan::GatedSelfAttention<T>::create(model.width, model.refine_heads, layers(1)), seed);
    default:
      return {};
  }
}

}  // namespace program
