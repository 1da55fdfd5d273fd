// GSMN: graphs of regions, by their boxes, and of words.
#pragma once

#include "module_cases.hpp"
#include "tests/reference/gsmn.hpp"

namespace zoo {

inline reference::Gsmn gsmn(const Scope& p, const Options& options) {
  const Scope image = p.in("image"), text = p.in("text");
  const auto normed = [](const Scope& s, const std::string& name) {
    return reference::WeightNormed{s(name + ".direction"), s(name + ".length"), s(name + ".bias")};
  };
  reference::Gsmn out{image("mean_rho"),
                      image("precision_rho"),
                      image("mean_theta"),
                      image("precision_theta"),
                      {},
                      {},
                      normed(image, "hidden"),
                      normed(image, "score"),
                      normed(text, "hidden"),
                      normed(text, "score"),
                      options.integer("blocks"),
                      options.number("lambda_softmax"),
                      options.word("neighbours") == "all"};
  for (Index k = 0; k < options.integer("kernels"); ++k) {
    out.image_conv.push_back(image.linear("conv." + std::to_string(k)));
    out.text_conv.push_back(text.linear("conv." + std::to_string(k)));
  }
  return out;
}

inline ModuleCases gsmn_cases() {
  ModuleCases cases{"gsmn",
                    [](const Tensors& tensors, const Options& o) {
                      const Given g(tensors);
                      const auto out = reference::gsmn(gsmn(g.p, o), g.in("image"), g.in("boxes"), g.in("image_sizes"),
                                                       g.in("words"), g.word_lengths(), g.region_lengths());
                      return Tensors{{"scores", out.scores}, {"image_scores", out.image_scores}};
                    },
                    {},
                    [](const Setting& s, Index, Index, Index) {
                      Random random(37);
                      Tensors out;
                      const Index blocks = s.options.integer("blocks"), kernels = s.options.integer("kernels"),
                                  each = s.published.empty() ? 2 : 4, width = kernels * each;
                      for (const char* name : {"mean_rho", "mean_theta"})
                        out[std::string("param.image.") + name] = random.normal({kernels}, 1);
                      for (const char* name : {"precision_rho", "precision_theta"})
                        out[std::string("param.image.") + name] = random.normal({kernels}, 0.1, 0.8);
                      for (const std::string side : {"image.", "text."}) {
                        for (Index k = 0; k < kernels; ++k) {
                          const std::string name = "param." + side + "conv." + std::to_string(k);
                          out[name + ".weight"] = random.normal({each, blocks}, 1);
                          if (side == "text.") out[name + ".bias"] = random.normal({each}, 0.3);
                        }
                        for (const std::string layer : {"hidden", "score"}) {
                          const Index outputs = layer == "hidden" ? width : 1;
                          const std::string name = "param." + side + layer;
                          out[name + ".direction"] = random.normal({outputs, width});
                          out[name + ".length"] = random.normal({outputs}, 0.3, 1);
                          out[name + ".bias"] = random.normal({outputs}, 0.3);
                        }
                      }
                      return out;
                    },
                    true};
  const auto setting = [&](const char* name, Index blocks, Index kernels, const char* neighbours, double lambda,
                           Golden golden = Golden::no) {
    Setting one{name,
                {{"blocks", blocks}, {"kernels", kernels}, {"neighbours", neighbours}, {"lambda_softmax", lambda}},
                0.05,
                "",
                golden};
    one.width_of = blocks;
    cases.settings.push_back(one);
  };
  setting("self", 2, 3, "self", 4, Golden::whole);
  setting("all", 2, 2, "all", 4, Golden::whole);
  setting("published", 16, 8, "self", 20);
  cases.settings.back().published = "gsmn";
  setting("self, one block", 1, 2, "self", 20);
  setting("all, one block", 1, 2, "all", 9);
  setting("self, four blocks", 4, 2, "self", 20);
  cases.more = [](const Setting&, const Array& image, const reference::Lengths& region_lengths) {
    auto [boxes, sizes] = Random(31).boxes(image.size(0), image.size(1));
    for (Index i = 0; i < static_cast<Index>(region_lengths.size()); ++i)
      for (Index r = region_lengths[static_cast<std::size_t>(i)]; r < image.size(1); ++r)
        for (Index side = 0; side < 4; ++side) boxes.at(i, r, side) = std::nan("");
    return Tensors{{"boxes", boxes}, {"image_sizes", sizes}};
  };
  return cases;
}

inline std::vector<ModuleCases> graph_cases() { return {gsmn_cases()}; }

}  // namespace zoo
