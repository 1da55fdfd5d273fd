// The naive loops of what one side does with its tokens alone, on the tensors of a case.
#pragma once

#include "scope.hpp"
#include "tests/reference/generalized_pooling.hpp"
#include "tests/reference/refinements.hpp"

namespace golden {

inline bool is_refinement(const std::string& module) {
  for (const char* one : {"gpo", "vsrn", "gat", "gated_fusion", "gated_self_attention"})
    if (module == one) return true;
  return false;
}

inline reference::FrozenNorm frozen_norm(const Scope& p) { return {p("weight"), p("bias"), p("mean"), p("variance")}; }
inline reference::Gru gru(const Scope& p, const std::string& suffix = "") {
  return {{p("weight_ih_l0" + suffix), p("bias_ih_l0" + suffix)},
          {p("weight_hh_l0" + suffix), p("bias_hh_l0" + suffix)}};
}
inline reference::GraphAttention graph_attention(const Scope& p, Index heads) {
  return {p.linear("query"),
          p.linear("key"),
          p.linear("value"),
          p.linear("attention"),
          p.linear("hidden"),
          p.linear("output"),
          frozen_norm(p.in("attention_norm")),
          frozen_norm(p.in("output_norm")),
          heads};
}
inline reference::VisualReasoning visual_reasoning(const Scope& p, const Options& c) {
  reference::VisualReasoning out{{}, c.word("scale_first") == "true", c.word("axis") == "regions"};
  for (Index i = 0; i < c.integer("layers"); ++i) {
    const Scope layer = p.in("gcn." + std::to_string(i));
    out.gcn.push_back({layer.linear("query"), layer.linear("key"), layer.linear("value"), layer.linear("output"),
                       frozen_norm(layer.in("norm"))});
  }
  return out;
}
inline std::vector<reference::GatedSelfAttentionLayer> gated_layers(const Scope& p, Index layers) {
  std::vector<reference::GatedSelfAttentionLayer> out;
  for (Index i = 0; i < layers; ++i) {
    const Scope l = p.in(std::to_string(i));
    out.push_back({l.linear("query"), l.linear("key"), l.linear("value"), l.linear("gate_query"), l.linear("gate_key"),
                   l.linear("gate"), frozen_norm(l.in("norm"))});
  }
  return out;
}

/// f(rows, sample) of every sample, as rows of an array with zeros behind the lengths.
template <class F>
Array samples_of(const Array& tokens, const reference::Lengths& lengths, F&& f) {
  Array out(tokens.shape);
  for (Index b = 0; b < tokens.size(0); ++b) {
    const reference::Rows rows = f(reference::tokens(tokens, b, lengths).rows, b);
    for (std::size_t n = 0; n < rows.size(); ++n) out.set_row(rows[n], b, static_cast<Index>(n));
  }
  return out;
}
/// f(rows, sample), a vector of every sample.
template <class F>
Array vectors_of(const Array& tokens, const reference::Lengths& lengths, F&& f) {
  std::vector<reference::Vector> all;
  for (Index b = 0; b < tokens.size(0); ++b) all.push_back(f(reference::tokens(tokens, b, lengths).rows));
  Array out({tokens.size(0), static_cast<Index>(all.front().size())});
  for (std::size_t b = 0; b < all.size(); ++b) out.set_row(all[b], static_cast<Index>(b));
  return out;
}

/// The outputs of one of these modules. Tensors hold `input.*` and `param.*`.
inline Tensors refinement(const std::string& module, const Tensors& tensors, const Options& c) {
  const Scope in{tensors, "input."}, p{tensors, "param."};
  if (module == "gated_fusion") {
    const reference::GatedFusion f{p.linear("first"), p.linear("second"), p.linear("first_gate"),
                                   p.linear("second_gate")};
    Array fused(in("first").shape);
    for (Index b = 0; b < fused.size(0); ++b)
      fused.set_row(reference::gated_fusion(f, in("first").row(b), in("second").row(b)), b);
    return {{"fused", fused}};
  }
  const Array& tokens = in(module == "vsrn" ? "regions" : "tokens");
  const reference::Lengths lengths = in.integers(module == "vsrn" ? "region_lengths" : "lengths");
  if (module == "gpo") {
    const reference::GeneralizedPooling f{gru(p.in("gru")), gru(p.in("gru"), "_reverse"), p.linear("linear"),
                                          c.number("temperature")};
    Array weights({tokens.size(0), tokens.size(1)});
    for (Index b = 0; b < tokens.size(0); ++b) {
      const Index n = reference::length_of(lengths, b, tokens.size(1));
      const auto theta = reference::place_weights(f, static_cast<std::size_t>(n));
      for (Index i = 0; i < n; ++i) weights.at(b, i) = theta[static_cast<std::size_t>(i)];
    }
    return {{"pooled",
             vectors_of(tokens, lengths, [&](const auto& rows) { return reference::generalized_pooling(f, rows); })},
            {"weights", weights}};
  }
  if (module == "vsrn") {
    const auto reasoning = visual_reasoning(p, c);
    const auto last = [&](const auto& rows) {
      const auto h = reference::gru(gru(p.in("gru")), reference::visual_reasoning(reasoning, rows)).back();
      return reference::unit(p.has("norm.weight") ? reference::frozen_norm(frozen_norm(p.in("norm")), h) : h);
    };
    return {
        {"regions", samples_of(tokens, lengths,
                               [&](const auto& rows, Index) { return reference::visual_reasoning(reasoning, rows); })},
        {"global", vectors_of(tokens, lengths, last)}};
  }
  if (module == "gat") {
    const auto f = graph_attention(p, c.integer("heads"));
    const auto run = [&](const auto& rows) { return reference::graph_attention(f, rows); };
    return {{"tokens", samples_of(tokens, lengths, [&](const auto& rows, Index) { return run(rows); })},
            {"global", vectors_of(tokens, lengths,
                                  [&](const auto& rows) { return reference::unit(reference::mean_row(run(rows))); })}};
  }
  const auto layers = gated_layers(p, c.integer("layers"));
  return {{"tokens", samples_of(tokens, lengths, [&](const auto& rows, Index b) {
             reference::Rows positions;
             if (in.has("positions")) positions = reference::tokens(in("positions"), b, lengths).rows;
             return reference::gated_self_attention(layers, c.integer("heads"), rows, positions);
           })}};
}

}  // namespace golden
