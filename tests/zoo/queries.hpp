// IMRAM, RCAR: queries that ask several times.
#pragma once

#include "module_cases.hpp"
#include "tests/reference/imram.hpp"
#include "tests/reference/rcar.hpp"

namespace zoo {

/// param.NAME.weight (out, in) and param.NAME.bias.
inline void add_linear(Tensors& to, Random& random, const std::string& name, Index in, Index out) {
  const auto layer = random.linear(in, out);
  to["param." + name + ".weight"] = layer.weight;
  to["param." + name + ".bias"] = layer.bias;
}

inline ModuleCases imram_cases() {
  const auto setting = [](const char* name, const char* direction, int steps, bool normalize, double lambda,
                          const char* published = "", Golden golden = Golden::no) {
    return Setting{name,
                   {{"direction", direction}, {"steps", steps}, {"normalize", normalize}, {"lambda_softmax", lambda}},
                   0.1,
                   published,
                   golden};
  };
  return {"imram",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            const auto way = [&](const std::string& name) {
              return reference::Imram{g.p.linear(name + ".update"), g.p.linear(name + ".gate"), o.integer("steps"),
                                      o.word("normalize") == "true", o.number("lambda_softmax")};
            };
            const std::string direction = o.word("direction");
            const bool words_ask = direction != "image_to_text", regions_ask = direction != "text_to_image";
            const reference::Imram words = way(words_ask ? "text_to_image" : "image_to_text");
            const reference::Imram regions = way(regions_ask ? "image_to_text" : "text_to_image");
            return scores(reference::imram(words_ask ? &words : nullptr, regions_ask ? &regions : nullptr,
                                           g.in("image"), g.in("words"), g.word_lengths(), g.region_lengths()));
          },
          {setting("both", "both", 3, false, 9, "imram", Golden::nan),
           setting("words", "text_to_image", 3, false, 11, "imram-t2i"),
           setting("regions", "image_to_text", 3, false, 9, "imram-i2t"),
           setting("unit", "both", 2, true, 4, "", Golden::ragged),
           setting("one_step", "text_to_image", 1, true, 6, "", Golden::whole)},
          [](const Setting& s, Index, Index, Index width) {
            Random random(21);
            Tensors out;
            for (const std::string way : {"text_to_image", "image_to_text"}) {
              const std::string direction = s.options.word("direction");
              if (direction != "both" && direction != way) continue;
              add_linear(out, random, way + ".update", 2 * width, width);
              add_linear(out, random, way + ".gate", 2 * width, width);
            }
            return out;
          },
          true};
}

inline reference::Rcar rcar(const Scope& p, const Options& o) {
  const std::string word = o.word("regulator");
  reference::Rcar m;
  m.regulator = word == "rar" ? reference::Rcar::rar : word == "rcr" ? reference::Rcar::rcr : reference::Rcar::rcar;
  m.lambda = o.number("lambda_softmax");
  const auto layers = [&](const std::string& name) {
    return reference::TanhLayers{p.linear(name + ".0"), p.linear(name + ".2")};
  };
  for (Index i = 0; i < o.integer("steps"); ++i) {
    const std::string n = "." + std::to_string(i);
    if (p.has("align" + n + ".weight")) m.align.push_back(p.linear("align" + n));
    if (p.has("rcr" + n + ".gate.0.weight"))
      m.correspondence.push_back({layers("rcr" + n + ".gate"), layers("rcr" + n + ".temperature")});
    if (p.has("rar" + n + ".query.weight"))
      m.aggregation.push_back(
          {p.linear("rar" + n + ".query"), p.linear("rar" + n + ".key"), p.linear("rar" + n + ".value")});
  }
  if (p.has("score.weight")) m.score = p.linear("score");
  return m;
}

inline ModuleCases rcar_cases() {
  const auto setting = [](const char* name, const char* regulator, bool words_ask, int steps, double lambda,
                          const char* published = "", Golden golden = Golden::no, double temperature_bias = 0) {
    return Setting{name,
                   {{"regulator", regulator},
                    {"direction", words_ask ? "text_to_image" : "image_to_text"},
                    {"steps", steps},
                    {"lambda_softmax", lambda}},
                   0.1,
                   published,
                   golden,
                   temperature_bias};
  };
  ModuleCases cases{"rcar",
                    [](const Tensors& tensors, const Options& o) {
                      const Given g(tensors);
                      return scores(reference::rcar(rcar(g.p, o), o.word("direction") == "text_to_image", g.in("image"),
                                                    g.in("words"), g.word_lengths(), g.region_lengths()));
                    },
                    {setting("words", "rcar", true, 2, 10, "rcar-t2i", Golden::ragged),
                     setting("regions", "rcar", false, 2, 3, "rcar-i2t", Golden::nan),
                     setting("rcr_words", "rcr", true, 2, 10, "rcr-t2i", Golden::whole),
                     setting("rcr_regions", "rcr", false, 2, 3, "rcr-i2t"),
                     setting("rar_words", "rar", true, 2, 10, "rar-t2i", Golden::ragged),
                     setting("rar_regions", "rar", false, 2, 3, "rar-i2t"), setting("one_step", "rcar", true, 1, 6),
                     setting("three_steps", "rcar", false, 3, 4),
                     setting("uniform", "rcr", true, 2, 1, "", Golden::no, -3)},  // temperatures at 0
                    [](const Setting& s, Index, Index, Index width) {
                      // Kinks are kept away from: gates move by clearly more or less than 0 (at the clip), by place.
                      constexpr Index S = 3;
                      Random random(22);
                      Tensors out;
                      const std::string regulator = s.options.word("regulator");
                      const Index steps = s.options.integer("steps"), last = regulator == "rcar" ? 1 : 0;
                      for (Index i = 0; i < steps; ++i) {
                        const std::string n = "." + std::to_string(i);
                        if (i == 0 || regulator != "rar") add_linear(out, random, "align" + n, width, S);
                        if (regulator != "rar" && i + last < steps) {
                          add_linear(out, random, "rcr" + n + ".gate.0", S, 2 * S);
                          add_linear(out, random, "rcr" + n + ".gate.2", 2 * S, width);
                          add_linear(out, random, "rcr" + n + ".temperature.0", S, S / 2);
                          add_linear(out, random, "rcr" + n + ".temperature.2", S / 2, 1);
                          for (double& x : out["param.rcr" + n + ".gate.2.weight"].values)
                            x = static_cast<float>(0.3 * x);
                          Array& bias = out["param.rcr" + n + ".gate.2.bias"];
                          for (Index d = 0; d < width; ++d) bias.at(d) = d % 3 == 1 ? 0.75 : -0.625;
                          out["param.rcr" + n + ".temperature.2.bias"].at(0) = s.weight_size;
                        }
                        if (regulator != "rcr") {
                          add_linear(out, random, "rar" + n + ".query", S, S);
                          add_linear(out, random, "rar" + n + ".key", S, S);
                          add_linear(out, random, "rar" + n + ".value", S, 1);
                        }
                      }
                      if (regulator != "rcr") add_linear(out, random, "score", S, 1);
                      return out;
                    },
                    true};
  return cases;
}

inline std::vector<ModuleCases> query_cases() { return {imram_cases(), rcar_cases()}; }

}  // namespace zoo
