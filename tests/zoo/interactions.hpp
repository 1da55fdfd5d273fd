// MultiViewMax, SelfWeightedMean, and the modules with weights: AOSM, WTI.
#pragma once

#include "paper.hpp"
#include "tests/reference/aosm.hpp"
#include "tests/reference/learned_temperature.hpp"
#include "tests/reference/multi_view_max.hpp"
#include "tests/reference/self_weighted_mean.hpp"
#include "tests/reference/weighted_token_interaction.hpp"

namespace zoo {

inline ModuleCases multi_view_max_cases() {
  return {"multi_view_max",
          [](const Tensors& tensors, const Options&) {
            const Given g(tensors);
            return scores(reference::multi_view_max(g.in("image"), g.in("text"), g.word_lengths(), g.region_lengths()));
          },
          {{"plain", {}, 1, "multi-view-max", Golden::whole}}};
}

inline ModuleCases aosm_cases() {
  const auto setting = [](const char* name, double tau, const char* convention, bool project,
                          Golden golden = Golden::no, const char* published = "") {
    return Setting{name, {{"temperature", tau}, {"convention", convention}}, tau, published, golden, 0.7, project};
  };
  return {"aosm",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            return both_directions(
                reference::aosm({g.p("A1"), g.p("A2"), g.p("A3"), g.p("A4"), g.p.has("P") ? g.p("P") : Array(),
                                 o.number("temperature"), convention(o)},
                                g.in("patches"), g.in("words"), g.word_lengths()));
          },
          {setting("projected", 0.5, "column", true, Golden::whole),
           setting("sharp", 0.01, "column", false, Golden::whole, "aosm"), setting("column", 1, "column", false),
           setting("column, tau 0.1", 0.1, "column", false), setting("row", 1, "row", false),
           setting("row, projected", 0.1, "row", true), setting("row, sharp", 0.01, "row", false)},
          [](const Setting& s, Index regions, Index words, Index width) {
            Tensors out = interaction_weights(s.weight_size, regions, words);
            if (s.extra_weight) out["param.P"] = Random(12).normal({width, width}, 0.6);
            return out;
          }};
}

inline ModuleCases learned_temperature_cases() {
  const auto setting = [](const char* name, double tau, const char* convention, Golden golden = Golden::no,
                          const char* published = "") {
    return Setting{name, {{"convention", convention}}, tau, published, golden, std::sqrt(tau)};
  };
  return {"learned_temperature_patch_alignment",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            return both_directions(reference::learned_temperature(
                {g.p("A1"), g.p("A2"), g.p("A3"), g.p("A4"), g.p("log_temperature"), convention(o)}, g.in("patches"),
                g.in("words"), g.word_lengths()));
          },
          {setting("mild", 1, "column", Golden::whole, "learned-temperature"), setting("row", 0.5, "row"),
           setting("sharp", 0.1, "column", Golden::whole), setting("saturated", 0.02, "column")},
          [](const Setting& s, Index regions, Index words, Index) {
            Tensors out = interaction_weights(s.weight_size, regions, words);
            out["param.log_temperature"] = Array({1}, {std::log(s.tau)});
            return out;
          },
          false,
          {{"log_temperature", std::nan(""), "LearnedTemperaturePatchAlignment: log_temperature(0) is nan"},
           {"log_temperature", -800, "LearnedTemperaturePatchAlignment: exp(-log_temperature)(0) is inf"}}};
}

inline ModuleCases weighted_token_interaction_cases() {
  return {"weighted_token_interaction",
          [](const Tensors& tensors, const Options&) {
            const Given g(tensors);
            return scores(reference::weighted_token_interaction(
                {g.p.linear("text.0"), g.p.linear("text.2"), g.p.linear("image.0"), g.p.linear("image.2")},
                g.in("image"), g.in("words"), g.word_lengths(), g.region_lengths()));
          },
          {{"ragged", {}, 1, "wti", Golden::ragged}},
          [](const Setting&, Index, Index, Index width) {
            Random random(13);
            Tensors out;
            for (const std::string side : {"text", "image"}) {
              const auto hidden = random.linear(width, width), output = random.linear(width, 1);
              out["param." + side + ".0.weight"] = hidden.weight;
              out["param." + side + ".0.bias"] = hidden.bias;
              out["param." + side + ".2.weight"] = output.weight;
              out["param." + side + ".2.bias"] = output.bias;
            }
            return out;
          },
          true};
}

inline ModuleCases self_weighted_mean_cases() {
  return {"self_weighted_mean",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            return scores(reference::self_weighted_mean(o.number("scale"), g.in("image"), g.in("words"),
                                                        g.word_lengths(), g.region_lengths()));
          },
          {{"ragged", {{"scale", 4.0}}, 0.25, "self-weighted", Golden::whole}, {"mild", {{"scale", 0.5}}, 0.25}}};
}

inline std::vector<ModuleCases> interaction_cases() {
  return {multi_view_max_cases(), aosm_cases(), learned_temperature_cases(), weighted_token_interaction_cases(),
          self_weighted_mean_cases()};
}

}  // namespace zoo
