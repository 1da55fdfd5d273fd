// A vector of each sample's tokens, in three published ways; generalized_pooling.hpp has a fourth. A pool is any
// functor
//
//     f(tokens)    or   f(tokens, context)      (..., n, D), masked if they are padded -> (..., H)
#pragma once

#include "mgan/nn/batch_norm.hpp"
#include "mgan/nn/gru.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/refine/gated_fusion.hpp"
#include "mgan/refine/graph_attention.hpp"

namespace mgan {

/// Their mean.
struct MeanTokens {
  template <Tokens X>
  auto operator()(const X& tokens) const {
    check_rows("MeanTokens", "tokens", tokens);
    check_finite("MeanTokens", "tokens", tokens);
    return mean(transpose(values(tokens)), mask(tokens));  // (..., D)
  }
};

/// The last state of a GRU that reads them in order; of VSRN (Li et al., ICCV 2019), with a BatchNorm behind it on
/// Flickr30K. The order of regions matters: keep the detector's.
template <Tensor T>
struct LastState {
  Gru<T> gru;               // D -> H
  BatchNorm<T> norm = {};   // (H)
  bool normalized = false;  // whether the norm is there

  static LastState create(std::int64_t width, std::int64_t out, bool normalized = false) {
    LastState f{Gru<T>::create(width, out)};
    f.normalized = normalized;
    if (normalized) f.norm = BatchNorm<T>::create(out);
    return f;
  }

  template <Tokens X, ContextOfUse Context = Inference>
  auto operator()(const X& tokens, const Context& context = {}) const {
    check_rows("LastState", "tokens", tokens);
    check_finite("LastState", "tokens", tokens);
    const auto h = gru.last(tokens);  // (..., H)
    using State = decltype(norm(h, context));
    return normalized ? norm(h, context) : State(h);  // (..., H)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("gru", self.gru);
    if (self.normalized) f("norm", self.norm);
  }
};

/// Two graphs of the tokens side by side, their means fused: the end of DSRAN's image side (Wen et al., TCSVT 2020).
template <Tensor T>
struct FusedGraphs {
  GraphAttention<T> first, second;
  GatedFusion<T> fusion;

  static FusedGraphs create(std::int64_t width, std::int64_t heads = 8) {
    return {GraphAttention<T>::create(width, heads), GraphAttention<T>::create(width, heads),
            GatedFusion<T>::create(width)};
  }

  template <Tokens X, ContextOfUse Context = Inference>
  auto operator()(const X& tokens, const Context& context = {}) const {
    const auto mean_of = [&](const auto& x) { return type_as(MeanTokens{}(x), values(x)); };  // (..., D)
    return fusion(mean_of(first(tokens, context)), mean_of(second(tokens, context)));         // (..., D)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("first", self.first);
    f("second", self.second);
    f("fusion", self.fusion);
  }
};

}  // namespace mgan
