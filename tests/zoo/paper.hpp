// The MGAN paper's own modules.
#pragma once

#include "module_cases.hpp"
#include "tests/reference/global_alignment.hpp"
#include "tests/reference/patch_alignment.hpp"
#include "tests/reference/plain_aggregation.hpp"
#include "tests/reference/refinements.hpp"
#include "tests/reference/region_alignment.hpp"

namespace zoo {

/// Four matrices without any symmetry; a caption may be shorter than A1 and A4 by one word at least.
inline Tensors interaction_weights(double size, Index patches, Index words) {
  Random random(11);
  const Index longest = words + 1;
  return {{"param.A1", random.normal({longest, longest}, size)},
          {"param.A2", random.normal({patches, patches}, size)},
          {"param.A3", random.normal({patches, patches}, size)},
          {"param.A4", random.normal({longest, longest}, size)}};
}
inline reference::Convention convention(const Options& options) {
  return options.has("convention") && options.word("convention") == "row" ? reference::Convention::row
                                                                          : reference::Convention::column;
}
inline Tensors both_directions(reference::PatchScores out) {
  return {{"scores", out.scores}, {"word_to_patch", out.word_to_patch}, {"patch_to_word", out.patch_to_word}};
}

inline ModuleCases patch_alignment_cases() {
  const auto setting = [](const char* name, double tau, const char* convention, double size,
                          const char* published = "") {
    return Setting{name, {{"temperature", tau}, {"convention", convention}}, tau, published, Golden::no, size};
  };
  return {"patch_alignment",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            return both_directions(reference::patch_alignment(
                {g.p("A1"), g.p("A2"), g.p("A3"), g.p("A4"), o.number("temperature"), convention(o)}, g.in("patches"),
                g.in("words"), g.word_lengths()));
          },
          {setting("column", 1, "column", 1, "interaction"), setting("row", 0.5, "row", 0.7),
           setting("sharp", 0.1, "column", 0.3), setting("ucofia", 0.01, "row", 0.05, "ucofia")},
          [](const Setting& s, Index regions, Index words, Index) {
            return interaction_weights(s.weight_size, regions, words);
          }};
}

inline ModuleCases plain_aggregation_cases() {
  return {"plain_aggregation",
          [](const Tensors& tensors, const Options&) {
            const Given g(tensors);
            return scores(reference::plain_aggregation(g.in("patches"), g.in("words"), g.word_lengths()));
          },
          {{"plain", {}, 1, "plain"}}};
}

inline ModuleCases global_alignment_cases() {
  return {"global_alignment",
          [](const Tensors& tensors, const Options&) {
            const Given g(tensors);
            return scores(reference::global_alignment(g.in("image"), g.in("text")));
          },
          {{"cosine", {}, 1, "cosine"}}};
}

/// Views of two convolutions against what `sentence` makes of the words: (I, T).
inline Tensors view_scores(const Given& g, const Array& sentence) {
  const Scope v = g.p.in("views");
  const auto conv = [&](const char* name, Index dilation) {
    const auto layer = v.linear(name);
    return decltype(reference::MultiViewSummarization{}.conv)::value_type{layer.weight, layer.bias, dilation};
  };
  const auto views = reference::multi_view_summarization(
      {{conv("conv.0", 1), conv("conv.1", 2)}, v.linear("assignment")}, g.in("regions"), g.region_lengths());
  const auto out = reference::best_views(views.views, sentence);
  return {{"scores", out.scores},
          {"winning_view", Array(out.scores.shape, {out.winning_view.begin(), out.winning_view.end()})}};
}
inline Tensors view_weights(Random& random, Index width) {
  return {{"param.views.conv.0.weight", random.normal({3, width, 1}, 0.5)},
          {"param.views.conv.0.bias", random.normal({3}, 0.3)},
          {"param.views.conv.1.weight", random.normal({2, width, 3}, 0.5)},
          {"param.views.conv.1.bias", random.normal({2}, 0.3)},
          {"param.views.assignment.weight", random.normal({3, 5}, 0.5)},
          {"param.views.assignment.bias", random.normal({3}, 0.3)}};
}

/// CAMERA's: the same views, a feed-forward layer and the mean word.
inline ModuleCases camera_cases() {
  return {"region_alignment",
          [](const Tensors& tensors, const Options&) {
            const Given g(tensors);
            const Scope s = g.p.in("sentence"), norm = s.in("norm");
            const reference::FeedForwardSentence p{
                s.linear("mlp.0"), s.linear("mlp.2"), {norm("weight"), norm("bias"), norm("mean"), norm("variance")}};
            const Array& words = g.in("words");
            Array sentence({words.size(0), words.size(2)});
            for (Index t = 0; t < words.size(0); ++t)
              sentence.set_row(reference::feed_forward_sentence(p, reference::tokens(words, t, g.word_lengths()).rows),
                               t);
            return view_scores(g, sentence);
          },
          {{"feed_forward",
            {{"channels", std::vector<Index>{3, 2}},
             {"kernel_sizes", std::vector<Index>{1, 3}},
             {"dilations", std::vector<Index>{1, 2}},
             {"sentence", "feed_forward"}},
            1,
            "camera"}},
          [](const Setting&, Index, Index, Index width) {
            Random random(19);
            Tensors out = view_weights(random, width);
            for (const std::string layer : {"mlp.0", "mlp.2"}) {
              out["param.sentence." + layer + ".weight"] = random.normal({width, width}, 0.5);
              out["param.sentence." + layer + ".bias"] = random.normal({width}, 0.3);
            }
            out["param.sentence.norm.weight"] = random.normal({width}, 0.2, 1.0);
            out["param.sentence.norm.bias"] = random.normal({width}, 0.3);
            out["param.sentence.norm.mean"] = random.normal({width}, 0.3);
            out["param.sentence.norm.variance"] = random.normal({width}, 0.1, 1.0);
            return out;
          },
          true};
}

inline ModuleCases region_alignment_cases() {
  return {"region_alignment",
          [](const Tensors& tensors, const Options&) {
            const Given g(tensors);
            const Scope s = g.p.in("sentence");
            return view_scores(g, reference::sentence_attention(
                                      {s.linear("query"), s.linear("key"), s.linear("value"), s.linear("output"), 1},
                                      g.in("words"), g.word_lengths()));
          },
          // The published name has seven convolutions; its weights are drawn, and scored by the parts' own tests.
          {{"two convolutions",
            {{"channels", std::vector<Index>{3, 2}},
             {"kernel_sizes", std::vector<Index>{1, 3}},
             {"dilations", std::vector<Index>{1, 2}},
             {"heads", 1}},
            1,
            "views"}},
          [](const Setting&, Index, Index, Index width) {
            Random random(17);
            Tensors out = view_weights(random, width);
            for (const std::string name : {"query", "key", "value", "output"}) {
              out["param.sentence." + name + ".weight"] = random.normal({width, width}, 0.5);
              out["param.sentence." + name + ".bias"] = random.normal({width}, 0.3);
            }
            return out;
          },
          true};
}

inline std::vector<ModuleCases> paper_cases() {
  return {patch_alignment_cases(), plain_aggregation_cases(), global_alignment_cases(), region_alignment_cases(),
          camera_cases()};
}

}  // namespace zoo
