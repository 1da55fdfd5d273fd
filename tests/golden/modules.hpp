// The modules of the conformance format, by name: named tensors in, named outputs of the naive reference out.
#pragma once

#include <stdexcept>
#include <string>

#include "refinements.hpp"
#include "scope.hpp"
#include "tests/reference/contrastive_loss.hpp"
#include "tests/reference/diversity_regularization.hpp"
#include "tests/reference/hardest_cross_entropy.hpp"
#include "tests/reference/hubness.hpp"
#include "tests/reference/multi_granularity_matcher.hpp"
#include "tests/reference/perturbed_top_k.hpp"
#include "tests/reference/plain_aggregation.hpp"
#include "tests/reference/retrieval_metrics.hpp"
#include "tests/reference/sigmoid_loss.hpp"
#include "tests/reference/soft_label_loss.hpp"
#include "tests/reference/triplet_ranking_loss.hpp"
#include "tests/zoo/all.hpp"

namespace golden {

inline reference::RegionEmbedding region_embedding(const Scope& p, const Options& c) {
  return {p.linear("feature"), p.linear("position"), c.word("normalize") == "l2"};
}
inline reference::PatchEmbedding patch_embedding(const Scope& p) { return {p.linear("mlp.0"), p.linear("mlp.2")}; }
inline reference::MultiViewSummarization views(const Scope& p, const Options& c) {
  reference::MultiViewSummarization out{{}, p.linear("assignment")};
  const std::vector<Index> dilations = c.integers("dilations");
  for (std::size_t i = 0; i < dilations.size(); ++i) {
    const Linear conv = p.linear("conv." + std::to_string(i));
    out.conv.push_back({conv.weight, conv.bias, dilations[i]});
  }
  return out;
}
inline reference::SentenceAttention sentence(const Scope& p, const Options& c) {
  return {p.linear("query"), p.linear("key"), p.linear("value"), p.linear("output"), c.integer("heads")};
}
inline reference::RegionAlignment region_alignment(const Scope& p, const Options& c) {
  return {views(p.in("views"), c), sentence(p.in("sentence"), c)};
}
inline reference::PatchSelector selector(const Scope& p) {
  return {p("norm.weight"), p("norm.bias"), p.linear("project"), p.linear("score.0"), p.linear("score.2")};
}
inline reference::PatchAlignment patch_alignment(const Scope& p, const Options& c) {
  return {p("A1"), p("A2"), p("A3"), p("A4"), c.number("temperature"), zoo::convention(c)};
}

inline Array integers_as_array(std::vector<Index> shape, const std::vector<Index>& numbers) {
  return {std::move(shape), reference::Vector(numbers.begin(), numbers.end())};
}
inline Array scalar(double number) { return {{}, {number}}; }

inline double inverse_temperature(const Scope& p, const Options& c) {
  return p.has("logit_scale") ? std::exp(p("logit_scale").values[0]) : 1 / c.number("temperature");
}

/// Corrections for hubs: functions of a whole score matrix, without a gradient.
inline bool is_hubness(const std::string& module) {
  return module == "csls" || module == "inverted_softmax" || module == "dual_softmax" ||
         module == "query_bank_normalization";
}

/// The outputs `expect.*` of one module. Tensors hold `input.*` and `param.*`.
inline Tensors evaluate(const std::string& module, const Tensors& tensors, const Options& c) {
  const Scope in{tensors, "input."}, p{tensors, "param."};
  if (module == "region_embedding") {
    return {{"regions",
             reference::region_embedding(region_embedding(p, c), in("features"), in("boxes"), in("image_sizes"))}};
  }
  if (module == "patch_embedding") {
    const auto out = reference::patch_embedding(patch_embedding(p), in("tokens"));
    return {{"patches", out.tokens}, {"global", out.global}};
  }
  if (module == "text_embedding") {
    const auto out = reference::text_embedding(p.linear("linear"), in("tokens"));
    return {{"words", out.tokens}, {"global", out.global}};
  }
  if (module == "multi_view_summarization") {
    const auto out = reference::multi_view_summarization(views(p, c), in("regions"), in.integers("region_lengths"));
    return {{"views", out.views}, {"assignment_logits", out.assignment_logits}};
  }
  if (module == "sentence_attention") {
    return {{"sentence", reference::sentence_attention(sentence(p, c), in("words"), in.integers("word_lengths"))}};
  }
  if (module == "region_alignment") {
    const auto out = reference::region_alignment(region_alignment(p, c), in("regions"), in("words"),
                                                 in.integers("word_lengths"), in.integers("region_lengths"));
    return {{"scores", out.scores}, {"winning_view", integers_as_array(out.scores.shape, out.winning_view)}};
  }
  if (module == "patch_selector") {
    const auto out = reference::patch_selector(selector(p), in("patches"), in("global"), c.integer("k"));
    std::vector<Index> indices;
    for (const auto& chosen : out.chosen) indices.insert(indices.end(), chosen.begin(), chosen.end());
    return {{"selection_scores", out.scores},
            {"indices", integers_as_array({out.scores.size(0), c.integer("k")}, indices)},
            {"selected", out.selected}};
  }
  if (module == "perturbed_top_k") {
    return {{"indicator", reference::perturbed_top_k(in("scores"), in("noise"), c.integer("k"), c.number("sigma"))}};
  }
  if (module == "similarity_interaction") {
    return {{"value",
             reference::similarity_interaction(p("weight"), in("x"), c.number("temperature"), in.integers("lengths"))}};
  }
  if (module == "multi_granularity_matcher") {
    const auto out = reference::multi_granularity_matcher(
        {region_embedding(p.in("regions"), c), patch_embedding(p.in("patches")), p.in("text").linear("linear"),
         region_alignment(p.in("region_alignment"), c), selector(p.in("selector")),
         patch_alignment(p.in("patch_alignment"), c), c.integer("k"), c.number("weights.region"),
         c.number("weights.global"), c.number("weights.patch")},
        {in("features"), in("boxes"), in("image_sizes"), in("image_tokens"), in("text_tokens"),
         in.integers("word_lengths")});
    return {{"scores", out.scores},
            {"region_scores", out.region_scores},
            {"global_scores", out.global_scores},
            {"patch_scores", out.patch_scores}};
  }
  if (is_refinement(module)) return refinement(module, tensors, c);
  if (module == "triplet_ranking_loss") {
    const auto negatives = c.word("negatives") == "all" ? reference::Negatives::all : reference::Negatives::hardest;
    return {{"loss", scalar(reference::triplet_ranking_loss(in("scores"), c.number("margin"), negatives,
                                                            in.integers("image_ids")))}};
  }
  if (module == "annealed_ranking_loss") {
    const auto of = [&](reference::Negatives negatives) {
      return reference::triplet_ranking_loss(in("scores"), c.number("margin"), negatives, in.integers("image_ids"));
    };
    const double k = c.number("hardest");
    return {{"loss", scalar((1 - k) * of(reference::Negatives::all) + k * of(reference::Negatives::hardest))}};
  }
  if (module == "contrastive_loss") {
    return {{"loss", scalar(reference::contrastive_loss(in("scores"), inverse_temperature(p, c), c.number("margin"),
                                                        c.word("combine") == "mean", in.integers("image_ids")))}};
  }
  if (module == "sigmoid_loss") {
    return {{"loss", scalar(reference::sigmoid_loss(in("scores"), std::exp(p("logit_scale").values[0]),
                                                    p("logit_bias").values[0], in.integers("image_ids")))}};
  }
  if (module == "hardest_cross_entropy") {
    return {{"loss", scalar(reference::hardest_cross_entropy(in("scores"), c.number("epsilon"),
                                                             c.word("negatives") == "all", in.integers("image_ids")))}};
  }
  if (module == "soft_label_loss") {
    return {{"loss", scalar(reference::soft_label_loss(in("scores"), in("labels"), inverse_temperature(p, c)))}};
  }
  if (module == "distillation_loss") {
    return {{"loss", scalar(reference::distillation_loss(in("scores"), in("teacher"), 1 / c.number("temperature"),
                                                         1 / c.number("teacher_temperature")))}};
  }
  if (module == "diversity_regularization") {
    return {
        {"loss", scalar(reference::diversity_regularization(in("assignment_logits"), in.integers("region_lengths")))}};
  }
  if (module == "retrieval_metrics") {
    const auto out = reference::retrieval_metrics(in("scores"), in.integers("owner"));
    return {{"image_to_text", {{6}, out.image_to_text}},
            {"text_to_image", {{6}, out.text_to_image}},
            {"rsum", scalar(out.rsum)}};
  }
  if (is_hubness(module)) {
    const Array s = in("scores"), bank = in.has("bank") ? in("bank") : s;
    const bool text_to_image = !c.has("direction") || c.word("direction") == "text_to_image";
    if (module == "csls") return {{"scores", reference::csls(s, bank, text_to_image, c.integer("k"))}};
    if (module == "inverted_softmax")
      return {{"scores", reference::inverted_softmax(s, bank, text_to_image, c.number("beta"))}};
    if (module == "dual_softmax")
      return {{"scores", reference::dual_softmax(s, bank, text_to_image, c.number("temperature"), false)}};
    const auto out = reference::query_bank_normalization(s, bank, text_to_image, c.number("beta"), c.integer("k"));
    return {{"scores", out.scores},
            {"normalized", integers_as_array({static_cast<Index>(out.normalized.size())}, out.normalized)}};
  }
  for (const zoo::ModuleCases& one : zoo::all_cases()) {
    if (one.module == module) return one.reference(tensors, c);
  }
  throw std::invalid_argument("golden::evaluate: no module " + module);
}

/// Outputs that carry a cotangent: floating, and not a metric.
inline bool has_cotangent(const std::string& module, const std::string& output) {
  return module != "retrieval_metrics" && !is_hubness(module) && output != "indices" && output != "kept" &&
         output != "winning_view";
}

/// Tensors that get a gradient: floating inputs and parameters but boxes, image_sizes, noise, running statistics and
/// the matcher's selector.
inline bool has_gradient(const std::string& module, const std::string& tensor) {
  if (tensor.starts_with("param.") && (tensor.ends_with(".mean") || tensor.ends_with(".variance"))) return false;
  for (const char* constant :
       {"input.boxes", "input.image_sizes", "input.noise", "input.word_lengths", "input.region_lengths",
        "input.lengths", "input.image_ids", "input.owner", "input.labels", "input.teacher"}) {
    if (tensor == constant) return false;
  }
  if (tensor.ends_with(".mean") || tensor.ends_with(".variance")) return false;  // running statistics
  return module != "retrieval_metrics" && !is_hubness(module) && tensor.rfind("param.selector.", 0) != 0;
}

}  // namespace golden
