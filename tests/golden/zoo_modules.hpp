// The published modules of the conformance format: named tensors and options in, named outputs of the naive reference
// out.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "../reference/aosm.hpp"
#include "../reference/max_sim.hpp"
#include "../reference/multi_view_max.hpp"
#include "../reference/naaf.hpp"
#include "../reference/self_weighted_mean.hpp"
#include "../reference/visual_semantic_attention.hpp"
#include "../reference/weighted_token_interaction.hpp"
#include "scope.hpp"

namespace golden {

inline reference::Pool pool(const Options& options) {
  static const std::map<std::string, reference::Pool> pools{{"mean", reference::Pool::mean},
                                                            {"sum", reference::Pool::sum},
                                                            {"max", reference::Pool::max},
                                                            {"log_sum_exp", reference::Pool::log_sum_exp},
                                                            {"softmax", reference::Pool::softmax}};
  return pools.at(options.word("pool"));
}

inline reference::MaxSim max_sim(const Options& options) {
  using M = reference::MaxSim;
  M p;
  const std::string direction = options.word("direction");
  if (direction == "text_to_image") p.direction = M::text_to_image;
  else if (direction == "image_to_text") p.direction = M::image_to_text;
  else p.direction = options.has("combine") && options.word("combine") == "sum" ? M::sum_of_both : M::mean_of_both;
  p.pool = pool(options);
  p.similarity = options.word("normalize") == "true" ? M::cosine : M::raw;
  if (options.has("beta")) p.beta = options.number("beta");
  if (options.has("negative_slope")) p.negative_slope = options.number("negative_slope");
  return p;
}

inline reference::Scan scan(bool words_are_queries, const Options& options) {
  using S = reference::Scan;
  static const std::map<std::string, reference::Pool> aggregates{{"LogSumExp", reference::Pool::log_sum_exp},
                                                                 {"Mean", reference::Pool::mean},
                                                                 {"Max", reference::Pool::max},
                                                                 {"Sum", reference::Pool::sum}};
  static const std::map<std::string, S::Norm> norms{{"clipped_l2norm", S::clipped_l2norm},
                                                    {"l2norm", S::l2norm},
                                                    {"clipped", S::clipped},
                                                    {"softmax", S::softmax},
                                                    {"no_norm", S::no_norm}};
  return {words_are_queries, options.number("lambda_softmax"), options.number("lambda_lse"),
          aggregates.at(options.word("aggregate")), norms.at(options.word("norm"))};
}

/// Nothing for a module that is not one of the zoo.
inline std::optional<Tensors> evaluate_zoo(const std::string& module, const Tensors& tensors, const Options& options) {
  const Scope in{tensors, "input."}, p{tensors, "param."};
  const auto word_lengths = [&] { return in.integers("word_lengths"); };
  const auto region_lengths = [&] { return in.integers("region_lengths"); };
  const auto scores = [](Array array) { return Tensors{{"scores", std::move(array)}}; };
  if (module == "max_sim") {
    return scores(reference::max_sim(max_sim(options), in("image"), in("words"), word_lengths(), region_lengths()));
  }
  if (module == "multi_view_max") return scores(reference::multi_view_max(in("image"), in("text")));
  if (module == "scan_text_to_image" || module == "scan_image_to_text") {
    return scores(
        reference::scan(scan(module == "scan_text_to_image", options), in("image"), in("words"), word_lengths()));
  }
  if (module == "aosm") {
    const reference::Aosm weights{
        p("A1"), p("A2"), p("A3"), p("A4"), p.has("P") ? p("P") : Array(), options.number("temperature")};
    const auto out = reference::aosm(weights, in("patches"), in("words"), word_lengths());
    return Tensors{{"scores", out.scores}, {"word_to_patch", out.word_to_patch}, {"patch_to_word", out.patch_to_word}};
  }
  if (module == "weighted_token_interaction") {
    const reference::WeightedTokenInteraction weights{p.linear("text.0"), p.linear("text.2"), p.linear("image.0"),
                                                      p.linear("image.2")};
    return scores(
        reference::weighted_token_interaction(weights, in("image"), in("words"), word_lengths(), region_lengths()));
  }
  if (module == "naaf") {
    const reference::Naaf naaf{options.number("threshold"), options.number("lambda_softmax"),
                               options.number("lambda_intra"), options.word("gate") == "plain"};
    return scores(reference::naaf(naaf, in("image"), in("words"), word_lengths()));
  }
  if (module == "visual_semantic_attention") {
    const reference::VisualSemanticAttention attention{options.number("temperature"), pool(options),
                                                       options.has("beta") ? options.number("beta") : 0.1};
    return scores(
        reference::visual_semantic_attention(attention, in("image"), in("words"), word_lengths(), region_lengths()));
  }
  if (module == "self_weighted_mean") {
    return scores(reference::self_weighted_mean(options.number("scale"), in("image"), in("words"), word_lengths()));
  }
  return {};
}

}  // namespace golden
