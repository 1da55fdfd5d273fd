// CAMP: networks of their own on every pair.
#pragma once

#include "module_cases.hpp"
#include "tests/reference/camp.hpp"

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

inline std::vector<ModuleCases> network_cases() { return {camp_cases()}; }

}  // namespace zoo
