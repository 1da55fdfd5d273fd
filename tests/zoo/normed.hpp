// SGRAF and ADAPT: modules with running statistics.
#pragma once

#include "networks.hpp"
#include "tests/reference/adapt.hpp"
#include "tests/reference/sgraf.hpp"

namespace zoo {

inline reference::BatchNorm batch_norm(const Scope& p) {
  const auto optional = [&p](const char* name) { return p.has(name) ? p(name) : Array(); };
  return {optional("weight"), optional("bias"), p("mean"), p("variance")};
}
/// Statistics and, with `weights`, weights of `channels`.
inline void add_norm(Tensors& out, Random& random, const std::string& name, Index channels, bool weights = true) {
  Array variance = random.normal({channels}, 0.4);
  for (double& x : variance.values) x = 0.3 + x * x;
  out["param." + name + ".mean"] = random.normal({channels}, 0.3);
  out["param." + name + ".variance"] = variance;
  if (!weights) return;
  out["param." + name + ".weight"] = random.normal({channels});
  out["param." + name + ".bias"] = random.normal({channels}, 0.3);
}

inline reference::Sgraf sgraf(const Scope& p, const Options& options) {
  const auto guided = [](const Scope& s) {
    return reference::GuidedSum{s.linear("local"), s.linear("global"), s.linear("common")};
  };
  reference::Sgraf out{guided(p.in("image")),
                       guided(p.in("text")),
                       batch_norm(p.in("image").in("local_norm")),
                       batch_norm(p.in("image").in("global_norm")),
                       p.linear("local"),
                       p.linear("global"),
                       p.linear("score"),
                       options.word("aggregate") == "sgr"};
  if (out.reasons) {
    for (int i = 0; i < static_cast<int>(options.number("steps")); ++i) {
      const Scope step = p.in("graph").in(std::to_string(i));
      out.graph.push_back({step.linear("query"), step.linear("key"), step.linear("output")});
    }
  } else {
    out.filter = p.linear("filter");
    out.filter_norm = batch_norm(p.in("filter_norm"));
  }
  out.lambda = options.number("lambda_softmax");
  out.batch = options.word("statistics") == "batch";
  return out;
}

inline ModuleCases sgraf_cases() {
  const auto weights = [](const Setting& s, Index regions, Index, Index width) {
    Random random(23);
    Tensors out;
    const Index similarity = 4;
    for (const std::string side : {"image.", "text."}) {
      for (const char* map : {"local", "global"}) add_layer(out, random, side + map, width, width, true);
      add_layer(out, random, side + "common", 1, width, true);
    }
    add_norm(out, random, "image.local_norm", regions);
    add_norm(out, random, "image.global_norm", width);
    for (const char* map : {"local", "global"}) add_layer(out, random, map, similarity, width, true);
    add_layer(out, random, "score", 1, similarity, true);
    if (s.options.word("aggregate") == "saf") {
      add_layer(out, random, "filter", 1, similarity, true);
      add_norm(out, random, "filter_norm", 1);
      return out;
    }
    for (int i = 0; i < static_cast<int>(s.options.number("steps")); ++i)
      for (const char* map : {"query", "key", "output"})
        add_layer(out, random, "graph." + std::to_string(i) + "." + map, similarity, similarity, true);
    return out;
  };
  return {
      "sgraf",
      [](const Tensors& tensors, const Options& o) {
        const Given g(tensors);
        return scores(
            reference::sgraf(sgraf(g.p, o), g.in("image"), g.in("words"), g.word_lengths(), g.region_lengths()));
      },
      {{"saf", {{"aggregate", "saf"}, {"lambda_softmax", 9}, {"statistics", "running"}}, 0.1, "sgraf-saf", Golden::nan},
       {"sgr",
        {{"aggregate", "sgr"}, {"lambda_softmax", 9}, {"statistics", "running"}, {"steps", 3}},
        0.1,
        "sgraf-sgr",
        Golden::ragged},
       {"one step", {{"aggregate", "sgr"}, {"lambda_softmax", 4}, {"statistics", "running"}, {"steps", 1}}, 0.1}},
      weights,
      true};
}

inline ModuleCases adapt_cases() {
  return {"adapt",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            const auto graph = [&](const char* name) { return g.in.has(name) ? g.in(name) : Array(); };
            const auto map = [&](const char* name) { return g.in.has(name) ? g.p.linear(name) : reference::Linear(); };
            const reference::Adapt p{o.word("direction") == "text_to_image",
                                     o.number("sharpness"),
                                     batch_norm(g.p.in("norm")),
                                     g.p.linear("gamma"),
                                     g.p.linear("beta"),
                                     map("image_graph"),
                                     map("text_graph"),
                                     o.word("statistics") == "batch"};
            return scores(reference::adapt(p, g.in("image"), g.in("words"), g.word_lengths(), g.region_lengths(),
                                           graph("image_graph"), graph("text_graph")));
          },
          {{"text_to_image",
            {{"direction", "text_to_image"}, {"sharpness", 10}, {"statistics", "running"}},
            0.1,
            "adapt-t2i",
            Golden::nan},
           {"image_to_text",
            {{"direction", "image_to_text"}, {"sharpness", 10}, {"statistics", "running"}},
            0.1,
            "adapt-i2t",
            Golden::ragged},
           {"mild", {{"direction", "text_to_image"}, {"sharpness", 1}, {"statistics", "running"}}, 1}},
          [](const Setting&, Index, Index, Index width) {
            Random random(29);
            Tensors out;
            add_norm(out, random, "norm", width, false);
            for (const char* map : {"gamma", "beta"}) add_layer(out, random, map, width, width, true);
            return out;
          },
          true};
}

inline std::vector<ModuleCases> normed_cases() { return {sgraf_cases(), adapt_cases()}; }

}  // namespace zoo
