// What one side does with its tokens alone: VSRN, GAT, gated fusion, gated self-attention.
#pragma once

#include "mgan/alignment/token_pools.hpp"
#include "mgan/refine/gated_fusion.hpp"
#include "mgan/refine/gated_self_attention.hpp"
#include "mgan/refine/graph_attention.hpp"
#include "mgan/refine/visual_reasoning.hpp"
#include "tests/reference/refinements.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

inline reference::FrozenNorm random_norm(Random& random, Index width) {
  return {random.normal({width}, 0.2, 1.0), random.normal({width}, 0.3), random.normal({width}, 0.3),
          random.normal({width}, 0.1, 1.0)};
}
inline Leaves leaves(reference::FrozenNorm& p, const std::string& name) {
  Leaves out;
  out.add(name + ".weight", p.weight);
  out.add(name + ".bias", p.bias);
  out.add(name + ".mean", p.mean);
  out.add(name + ".variance", p.variance);
  return out;
}
/// f of the real rows of every sample, zeros behind the lengths.
template <class F>
Array every_sample(const Array& tokens, const Lengths& lengths, F&& f) {
  Array out(tokens.shape);
  for (Index b = 0; b < tokens.size(0); ++b) {
    const auto rows = f(reference::tokens(tokens, b, lengths).rows, b);
    for (std::size_t n = 0; n < rows.size(); ++n) out.set_row(rows[n], b, static_cast<Index>(n));
  }
  return out;
}

struct GatedFusionCase {
  std::string title;
  reference::GatedFusion p;
  Array first, second;

  static std::vector<GatedFusionCase> all() {
    std::vector<GatedFusionCase> out;
    for (const Index width : {4, 1}) {
      Random random(221);
      const auto layer = [&] { return random.linear(width, width); };
      out.push_back({width == 1 ? "one dimension" : "plain",
                     {layer(), layer(), layer(), layer()},
                     random.normal({3, width}, 1.5),
                     random.normal({3, width}, 1.5)});
    }
    return out;
  }

  double temperature() const { return 1; }
  Leaves weights() {
    Leaves out;
    out.add("first", p.first);
    out.add("second", p.second);
    out.add("first_gate", p.first_gate);
    out.add("second_gate", p.second_gate);
    return out;
  }
  Leaves inputs() {
    Leaves out;
    out.add("first", first);
    out.add("second", second);
    return out;
  }
  Outputs expected() const {
    Array fused(first.shape);
    for (Index b = 0; b < first.size(0); ++b) fused.set_row(reference::gated_fusion(p, first.row(b), second.row(b)), b);
    return {{"fused", fused}};
  }
  template <class Side>
  void run(Side& s) {
    mgan::GatedFusion<typename Side::tensor> f;
    s.weights(f, weights());
    s.output("fused", s.each(f, s.vectors("first", first), s.vectors("second", second)));
  }
};

/// The sizes of one case of tokens.
struct TokenSizes {
  const char* title;
  std::uint64_t seed;
  Index samples, n, width, heads;
  bool ragged;
};
inline constexpr TokenSizes token_sizes[] = {{"plain", 231, 2, 4, 6, 2, false},
                                             {"ragged", 232, 3, 5, 4, 2, true},
                                             {"one token", 233, 2, 1, 4, 1, false},
                                             {"a head for each dimension", 234, 2, 3, 3, 3, false}};

struct GraphAttentionCase {
  std::string title;
  reference::GraphAttention p;
  Array tokens;
  Lengths token_lengths;

  static std::vector<GraphAttentionCase> all() {
    std::vector<GraphAttentionCase> out;
    for (const TokenSizes& size : token_sizes) {
      Random random(size.seed);
      const auto layer = [&] { return random.linear(size.width, size.width); };
      const auto norm = [&] { return random_norm(random, size.width); };
      out.push_back({size.title,
                     {layer(), layer(), layer(), layer(), layer(), layer(), norm(), norm(), size.heads},
                     random.normal({size.samples, size.n, size.width}, 1.5),
                     size.ragged ? random.lengths(size.samples, size.n) : Lengths{}});
    }
    return out;
  }

  double temperature() const { return 1; }
  const Lengths& lengths() const { return token_lengths; }
  Leaves weights() {
    Leaves out;
    out.add("query", p.query);
    out.add("key", p.key);
    out.add("value", p.value);
    out.add("attention", p.attention);
    out.add("hidden", p.hidden);
    out.add("output", p.output);
    out += leaves(p.attention_norm, "attention_norm");
    out += leaves(p.output_norm, "output_norm");
    return out;
  }
  Leaves inputs() {
    Leaves out;
    out.add("tokens", tokens);
    return out;
  }
  Outputs expected() const {
    return {{"tokens", every_sample(tokens, token_lengths,
                                    [&](const auto& rows, Index) { return reference::graph_attention(p, rows); })}};
  }
  template <class Side>
  void run(Side& s) {
    mgan::GraphAttention<typename Side::tensor> f;
    f.heads.heads = p.heads;
    s.weights(f, weights());
    s.with_samples("tokens", tokens, token_lengths, [&](const auto& x) {
      s.output("tokens", s.each([&](const auto& one) { return mgan::values(f(one)); }, x));
    });
  }
};

struct GatedSelfAttentionCase {
  std::string title;
  std::vector<reference::GatedSelfAttentionLayer> layers;
  Index heads;
  Array tokens, positions;  // no positions: absent
  Lengths token_lengths;

  static std::vector<GatedSelfAttentionCase> all() {
    std::vector<GatedSelfAttentionCase> out;
    for (const TokenSizes& size : token_sizes) {
      Random random(size.seed + 10);
      const Index d = size.width / size.heads;
      const auto layer = [&] { return random.linear(size.width, size.width); };
      GatedSelfAttentionCase c{size.title, {}, size.heads, random.normal({size.samples, size.n, size.width}, 1.5),
                               {},         {}};
      for (int i = 0; i < (size.ragged ? 2 : 1); ++i)
        c.layers.push_back({layer(), layer(), layer(), random.linear(d, d), random.linear(d, d),
                            random.linear(d, 2 * d), random_norm(random, size.width)});
      if (size.heads == 2) c.positions = random.normal(c.tokens.shape, 0.3, 0.5);
      if (size.ragged) c.token_lengths = random.lengths(size.samples, size.n);
      out.push_back(std::move(c));
    }
    return out;
  }

  double temperature() const { return 1; }
  const Lengths& lengths() const { return token_lengths; }
  Leaves weights() {
    Leaves out;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const std::string in = std::to_string(i) + ".";
      out.add(in + "query", layers[i].query);
      out.add(in + "key", layers[i].key);
      out.add(in + "value", layers[i].value);
      out.add(in + "gate_query", layers[i].gate_query);
      out.add(in + "gate_key", layers[i].gate_key);
      out.add(in + "gate", layers[i].gate);
      out += leaves(layers[i].norm, in + "norm");
    }
    return out;
  }
  Leaves inputs() {
    Leaves out;
    if (!positions.empty()) out.add("positions", positions);
    out.add("tokens", tokens);
    return out;
  }
  Outputs expected() const {
    const auto f = [&](const auto& rows, Index b) {
      reference::Rows places;
      if (!positions.empty()) places = reference::tokens(positions, b, token_lengths).rows;
      return reference::gated_self_attention(layers, heads, rows, places);
    };
    return {{"tokens", every_sample(tokens, token_lengths, f)}};
  }
  template <class Side>
  void run(Side& s) {
    mgan::GatedSelfAttention<typename Side::tensor> f;
    f.layers.resize(layers.size());
    for (auto& layer : f.layers) layer.attention.heads = heads;
    s.weights(f, weights());
    s.with_samples("tokens", tokens, token_lengths, [&](const auto& x) {
      if (positions.empty()) {
        s.output("tokens", s.each([&](const auto& one) { return mgan::values(f(one)); }, x));
        return;
      }
      s.with_samples("positions", positions, token_lengths, [&](const auto& l) {
        const auto both = [&](const auto& one, const auto& place) { return mgan::values(f(one, mgan::values(place))); };
        s.output("tokens", s.each(both, x, l));
      });
    });
  }
};

struct VisualReasoningCase {
  std::string title;
  reference::VisualReasoning p;
  Array regions;
  Lengths region_lengths;

  static std::vector<VisualReasoningCase> all() {
    std::vector<VisualReasoningCase> out;
    for (const TokenSizes& size : token_sizes) {
      Random random(size.seed + 20);
      const Index inner = size.width + 1;
      const auto in = [&] { return random.linear(size.width, inner); };
      VisualReasoningCase c{size.title, {}, random.normal({size.samples, size.n, size.width}), {}};
      for (int i = 0; i < 2; ++i)
        c.p.gcn.push_back({in(), in(), in(), random.linear(inner, size.width), random_norm(random, size.width)});
      c.p.over_regions = size.n > 1 && !size.ragged;
      c.p.scale_first = size.heads != 3;
      if (size.ragged) c.region_lengths = random.lengths(size.samples, size.n);
      out.push_back(std::move(c));
    }
    return out;
  }

  double temperature() const { return 1; }
  const Lengths& lengths() const { return region_lengths; }
  Leaves weights() {
    Leaves out;
    for (std::size_t i = 0; i < p.gcn.size(); ++i) {
      const std::string in = "gcn." + std::to_string(i) + ".";
      out.add(in + "query", p.gcn[i].query);
      out.add(in + "key", p.gcn[i].key);
      out.add(in + "value", p.gcn[i].value);
      out.add(in + "output", p.gcn[i].output);
      out += leaves(p.gcn[i].norm, in + "norm");
    }
    return out;
  }
  Leaves inputs() {
    Leaves out;
    out.add("regions", regions);
    return out;
  }
  Outputs expected() const {
    return {{"regions", every_sample(regions, region_lengths,
                                     [&](const auto& rows, Index) { return reference::visual_reasoning(p, rows); })}};
  }
  template <class Side>
  void run(Side& s) {
    mgan::VisualReasoning<typename Side::tensor> f;
    f.gcn.resize(p.gcn.size());
    f.scale_first = p.scale_first;
    f.scaled = p.over_regions ? mgan::ScaledAxis::regions : mgan::ScaledAxis::features;
    s.weights(f, weights());
    s.with_samples("regions", regions, region_lengths, [&](const auto& x) {
      s.output("regions", s.each([&](const auto& one) { return mgan::values(f(one)); }, x));
    });
  }
};

}  // namespace support
