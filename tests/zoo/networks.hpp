// CAMP, LAPS: networks of their own on every pair.
#pragma once

#include "module_cases.hpp"
#include "tests/reference/camp.hpp"
#include "tests/reference/laps.hpp"

namespace zoo {

inline reference::Camp camp(const Scope& p, const Options& options) {
  const bool gated = options.word("stage") == "gated";
  const auto side = [&](const Scope& s) {
    reference::CampSide out{s.linear("query"), s.linear("key"), s.linear("self_query"), s.linear("self_key")};
    if (gated)
      out.fuse = s.linear("fuse"), out.summary_first = s.linear("summary.0"),
      out.summary_second = s.linear("summary.2");
    return out;
  };
  reference::Camp out{side(p.in("image")), side(p.in("text")), gated};
  if (gated) out.score_first = p.linear("score.0"), out.score_second = p.linear("score.2");
  return out;
}

/// A layer of normal numbers, with a bias or without.
inline void add_layer(Tensors& out, Random& random, const std::string& name, Index outputs, Index inputs, bool bias) {
  out["param." + name + ".weight"] = random.normal({outputs, inputs}, 1 / std::sqrt(static_cast<double>(inputs)));
  if (bias) out["param." + name + ".bias"] = random.normal({outputs}, 0.3);
}

inline ModuleCases camp_cases() {
  return {"camp",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            return scores(
                reference::camp(camp(g.p, o), g.in("image"), g.in("words"), g.word_lengths(), g.region_lengths()));
          },
          {{"cosine", {{"stage", "cosine"}}, 1, "camp-cosine", Golden::nan},
           {"gated", {{"stage", "gated"}}, 1, "camp-gated", Golden::ragged}},
          [](const Setting& s, Index, Index, Index width) {
            Random random(19);
            Tensors out;
            const bool gated = s.options.word("stage") == "gated";
            for (const std::string side : {"image.", "text."}) {
              for (const char* map : {"query", "key", "self_query", "self_key"})
                add_layer(out, random, side + map, width, width, false);
              if (!gated) continue;
              add_layer(out, random, side + "fuse", width, 2 * width, false);
              add_layer(out, random, side + "summary.0", width, width, true);
              add_layer(out, random, side + "summary.2", 3, width, true);
            }
            if (gated) {
              add_layer(out, random, "score.0", width, 2 * width, true);
              add_layer(out, random, "score.2", 1, width, true);
            }
            return out;
          },
          true};
}

inline ModuleCases laps_cases() {
  ModuleCases cases{"laps",
                    [](const Tensors& tensors, const Options& o) {
                      const Given g(tensors);
                      const auto out =
                          reference::laps({g.p("norm.weight"), g.p("norm.bias"), g.p.linear("hidden"),
                                           g.p.linear("output"), g.p("scale").at(0), o.integer("keep")},
                                          g.in("image"), g.in.has("global") ? g.in("global") : Array(), g.in("words"),
                                          g.word_lengths(), g.fixed("image"), g.fixed("words"));
                      return Tensors{{"scores", out.scores}, {"kept", out.kept}};
                    },
                    {},
                    [](const Setting& s, Index, Index, Index width) {
                      Random random(23);
                      const Index merged = s.published.empty() ? 3 : 1;
                      Tensors out{{"param.norm.weight", random.normal({width}, 0.3, 1)},
                                  {"param.norm.bias", random.normal({width}, 0.3)},
                                  {"param.scale", random.normal({1}, 0.2, 1.5)}};
                      add_layer(out, random, "hidden", 2, width, true);
                      add_layer(out, random, "output", merged, 2, true);
                      return out;
                    },
                    true};
  const auto setting = [&](const char* name, Index keep, bool global, Index least, const char* published = "",
                           Golden golden = Golden::no) {
    cases.settings.push_back({name, {{"keep", keep}}, 1, published, golden, 1, global, least});
  };
  setting("published", 1, true, 1, "laps-slimming");
  setting("patches", 1, false, 1, "laps-slimming-patches");
  setting("two", 2, false, 3, "", Golden::whole);
  setting("three", 3, true, 3, "", Golden::whole);  // of three patches nothing is left
  cases.more = [](const Setting& s, const Array& image, const reference::Lengths&) {
    Tensors out;
    if (s.extra_weight && s.published.empty()) out["global"] = Random(29).normal({image.size(0), image.size(2)});
    return out;
  };
  return cases;
}

inline std::vector<ModuleCases> network_cases() { return {camp_cases(), laps_cases()}; }

}  // namespace zoo
