// Alignments that pool each side to one vector.
#pragma once

#include "module_cases.hpp"
#include "tests/reference/generalized_pooling.hpp"
#include "tests/reference/refinements.hpp"

namespace zoo {

/// The cosine of what `image_pool` and `text_pool` make of the tokens.
template <class I, class T>
Tensors pooled_scores(const Given& g, const I& image_pool, const T& text_pool) {
  return scores(reference::every_pair(g.in("image"), g.in("words"), g.region_lengths(), g.word_lengths(),
                                      [&](const reference::Tokens& image, const reference::Tokens& words) {
                                        return reference::cosine(image_pool(image.rows), text_pool(words.rows));
                                      }));
}

inline reference::Gru gru_of(const Scope& p, const std::string& suffix = "") {
  return {{p("weight_ih_l0" + suffix), p("bias_ih_l0" + suffix)},
          {p("weight_hh_l0" + suffix), p("bias_hh_l0" + suffix)}};
}
inline void add_gru(Tensors& out, Random& random, const std::string& in, Index width, Index state,
                    const std::string& suffix = "") {
  const auto input = random.linear(width, 3 * state), hidden = random.linear(state, 3 * state);
  out[in + "weight_ih_l0" + suffix] = input.weight, out[in + "bias_ih_l0" + suffix] = input.bias;
  out[in + "weight_hh_l0" + suffix] = hidden.weight, out[in + "bias_hh_l0" + suffix] = hidden.bias;
}

inline ModuleCases gpo_cases() {
  return {"gpo_alignment",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            const auto pool = [&](const std::string& side) {
              const Scope p = g.p.in(side), gru = p.in("gru");
              return [theta = reference::GeneralizedPooling{gru_of(gru), gru_of(gru, "_reverse"), p.linear("linear"),
                                                            o.number("temperature")}](
                         const std::vector<reference::Vector>& rows) {
                return reference::generalized_pooling(theta, rows);
              };
            };
            return pooled_scores(g, pool("image"), pool("text"));
          },
          {{"ragged", {{"temperature", 0.1}}, 0.5, "gpo", Golden::ragged}},
          [](const Setting&, Index, Index, Index) {
            Random random(23);
            Tensors out;
            for (const std::string side : {"image", "text"}) {
              add_gru(out, random, "param." + side + ".gru.", 4, 3);
              add_gru(out, random, "param." + side + ".gru.", 4, 3, "_reverse");
              out["param." + side + ".linear.weight"] = random.linear(3, 1, false).weight;
            }
            return out;
          },
          true};
}

inline ModuleCases vsrn_cases() {
  return {"vsrn_alignment",
          [](const Tensors& tensors, const Options&) {
            const Given g(tensors);
            const auto pool = [&](const std::string& side) {
              return [p = gru_of(g.p.in(side).in("gru"))](const std::vector<reference::Vector>& rows) {
                return reference::gru(p, rows).back();
              };
            };
            return pooled_scores(g, pool("image"), pool("text"));
          },
          {{"nan_padding", {}, 1, "vsrn", Golden::nan}},
          [](const Setting&, Index, Index, Index width) {
            Random random(29);
            Tensors out;
            for (const std::string side : {"image", "text"}) add_gru(out, random, "param." + side + ".gru.", width, 3);
            return out;
          },
          true};
}

inline ModuleCases dsran_cases() {
  return {"dsran_alignment",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            const Scope image = g.p.in("image");
            const auto norm = [](const Scope& p) {
              return reference::FrozenNorm{p("weight"), p("bias"), p("mean"), p("variance")};
            };
            const auto graph = [&](const char* name) {
              const Scope p = image.in(name);
              return reference::GraphAttention{p.linear("query"),
                                               p.linear("key"),
                                               p.linear("value"),
                                               p.linear("attention"),
                                               p.linear("hidden"),
                                               p.linear("output"),
                                               norm(p.in("attention_norm")),
                                               norm(p.in("output_norm")),
                                               o.integer("heads")};
            };
            const Scope f = image.in("fusion");
            const reference::GatedFusion fusion{f.linear("first"), f.linear("second"), f.linear("first_gate"),
                                                f.linear("second_gate")};
            const auto pool = [&, first = graph("first"),
                               second = graph("second")](const std::vector<reference::Vector>& rows) {
              return reference::gated_fusion(fusion, reference::mean_row(reference::graph_attention(first, rows)),
                                             reference::mean_row(reference::graph_attention(second, rows)));
            };
            return pooled_scores(g, pool,
                                 [](const std::vector<reference::Vector>& rows) { return reference::mean_row(rows); });
          },
          {{"ragged", {{"heads", 1}}, 1, "dsran", Golden::ragged}},
          [](const Setting&, Index, Index, Index width) {
            Random random(31);
            Tensors out;
            const auto add = [&](const std::string& name) {
              const auto layer = random.linear(width, width);
              out["param.image." + name + ".weight"] = layer.weight;
              out["param.image." + name + ".bias"] = layer.bias;
            };
            for (const std::string graph : {"first.", "second."}) {
              for (const char* layer : {"query", "key", "value", "attention", "hidden", "output"}) add(graph + layer);
              for (const std::string norm : {"attention_norm", "output_norm"}) {
                const std::string name = "param.image." + graph + norm;
                out[name + ".weight"] = random.normal({width}, 0.2, 1.0);
                out[name + ".bias"] = random.normal({width}, 0.3);
                out[name + ".mean"] = random.normal({width}, 0.3);
                out[name + ".variance"] = random.normal({width}, 0.1, 1.0);
              }
            }
            for (const char* layer : {"first", "second", "first_gate", "second_gate"})
              add(std::string("fusion.") + layer);
            return out;
          },
          true};
}

inline std::vector<ModuleCases> pooled_cases() { return {gpo_cases(), vsrn_cases(), dsran_cases()}; }

}  // namespace zoo
