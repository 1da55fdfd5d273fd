// Cases of what one side does with its tokens alone: tokens to tokens, and tokens to a vector.
#pragma once

#include "mgan/alignment/generalized_pooling.hpp"
#include "mgan/alignment/token_pools.hpp"
#include "mgan/refine/gated_fusion.hpp"
#include "mgan/refine/gated_self_attention.hpp"
#include "mgan/refine/graph_attention.hpp"
#include "mgan/refine/visual_reasoning.hpp"
#include "mgan/testing/case.hpp"
#include "mgan/zoo/run.hpp"

namespace verify {

template <class Side, class F>
void with_lengths(Side& s, const std::string& name, F&& f) {
  mgan::zoo::with_tokens<true>(s, name, "input.lengths", f);
}

template <class Side>
void gpo(Side& s) {
  mgan::GeneralizedPooling<typename Side::tensor> f;
  auto options = s.source.options();
  options.required("temperature", f.temperature);
  options.done();
  s.weights(f);
  with_lengths(s, "tokens", [&](const auto& tokens) {
    s.output("pooled", s.each(f, tokens));
    // Without lengths all samples have one theta: (n) -> (B, n).
    const auto weights = [&](const auto& x) {
      return mgan::add(mgan::scale(mgan::row(mgan::transpose(mgan::values(x)), 0), 0), f.weights(x));
    };
    s.output("weights", s.each(weights, tokens));
  });
}

/// VSRN's image side: reasoning, and the last state of a GRU.
template <class T>
struct Vsrn {
  mgan::VisualReasoning<T> reasoning;
  mgan::LastState<T> pool;

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    self.reasoning.visit(self.reasoning, f);
    self.pool.visit(self.pool, f);
  }
};

template <class Side>
void vsrn(Side& s) {
  using A = mgan::ScaledAxis;
  Vsrn<typename Side::tensor> f;
  std::int64_t layers = 2;
  auto options = s.source.options();
  options.required("layers", layers);
  options.required("axis", f.reasoning.scaled, {{"features", A::features}, {"regions", A::regions}});
  options.required("scale_first", f.reasoning.scale_first);
  f.pool.normalized = options.has_weight("norm.weight");
  options.done();
  mgan::require(layers >= 1 && layers <= 1000, s.source.file, ": config 'layers' is ", layers, ", expected 1..1000");
  f.reasoning.gcn.resize(static_cast<std::size_t>(layers));
  s.weights(f);
  mgan::zoo::with_tokens<true>(s, "regions", "input.region_lengths", [&](const auto& regions) {
    s.output("regions", s.each([&](const auto& x) { return mgan::values(f.reasoning(x)); }, regions));
    s.output("global", s.each([&](const auto& x) { return mgan::normalize(f.pool(f.reasoning(x))); }, regions));
  });
}

template <class Side>
void gat(Side& s) {
  mgan::GraphAttention<typename Side::tensor> f;
  auto options = s.source.options();
  options.required("heads", f.heads.heads);
  options.done();
  s.weights(f);
  with_lengths(s, "tokens", [&](const auto& tokens) {
    s.output("tokens", s.each([&](const auto& x) { return mgan::values(f(x)); }, tokens));
    s.output("global", s.each([&](const auto& x) { return mgan::normalize(mgan::MeanTokens{}(f(x))); }, tokens));
  });
}

template <class Side>
void gated_fusion(Side& s) {
  mgan::GatedFusion<typename Side::tensor> f;
  s.source.options().done();
  s.weights(f);
  s.output("fused", s.each(f, s.vectors("first"), s.vectors("second")));
}

template <class Side>
void gated_self_attention(Side& s) {
  mgan::GatedSelfAttention<typename Side::tensor> f;
  std::int64_t heads = 2, layers = 1;
  auto options = s.source.options();
  options.required("heads", heads);
  options.required("layers", layers);
  options.done();
  mgan::require(layers >= 1 && layers <= 1000, s.source.file, ": config 'layers' is ", layers, ", expected 1..1000");
  f.layers.resize(static_cast<std::size_t>(layers));
  for (auto& layer : f.layers) layer.attention.heads = heads;
  s.weights(f);
  with_lengths(s, "tokens", [&](const auto& tokens) {
    if (s.source.has("input.positions")) {
      with_lengths(s, "positions", [&](const auto& positions) {
        const auto run = [&](const auto& x, const auto& l) { return mgan::values(f(x, mgan::values(l))); };
        s.output("tokens", s.each(run, tokens, positions));
      });
    } else {
      s.output("tokens", s.each([&](const auto& x) { return mgan::values(f(x)); }, tokens));
    }
  });
}

/// f(name, run) for each; run(side).
template <class F>
void each_refinement(F&& f) {
  f("gpo", [](auto& s) { gpo(s); });
  f("vsrn", [](auto& s) { vsrn(s); });
  f("gat", [](auto& s) { gat(s); });
  f("gated_fusion", [](auto& s) { gated_fusion(s); });
  f("gated_self_attention", [](auto& s) { gated_self_attention(s); });
}

template <class Side>
bool run_refinements(Side& side) {
  bool found = false;
  each_refinement([&](const char* name, const auto& run) {
    if (side.source.module == name) run(side), found = true;
  });
  return found;
}

}  // namespace verify
