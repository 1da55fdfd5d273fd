// SCAN, GLFN, NAAF, CHAN's VSA: one side attends to the other.
#pragma once

#include "max_sim.hpp"
#include "tests/reference/naaf.hpp"
#include "tests/reference/scan.hpp"
#include "tests/reference/visual_semantic_attention.hpp"

namespace zoo {

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
  return {words_are_queries,
          options.number("lambda_softmax"),
          options.number("lambda_lse"),
          aggregates.at(options.word("aggregate")),
          options.has("norm") ? norms.at(options.word("norm")) : S::clipped_l2norm,
          options.has("bonus") ? options.number("bonus") : 0.0};
}

inline ModuleCases scan_cases(bool words_are_queries) {
  const auto setting = [](const char* name, double softmax, double lse, const char* aggregate, const char* norm,
                          const char* published = "", Golden golden = Golden::no) {
    return Setting{name,
                   {{"lambda_softmax", softmax}, {"lambda_lse", lse}, {"aggregate", aggregate}, {"norm", norm}},
                   0.1,
                   published,
                   golden};
  };
  ModuleCases cases{words_are_queries ? "scan_text_to_image" : "scan_image_to_text",
                    [words_are_queries](const Tensors& tensors, const Options& o) {
                      const Given g(tensors);
                      return scores(reference::scan(scan(words_are_queries, o), g.in("image"), g.in("words"),
                                                    g.word_lengths(), g.region_lengths()));
                    },
                    {},
                    {},
                    true};
  if (words_are_queries) {
    cases.settings = {setting("lse", 9, 6, "LogSumExp", "clipped_l2norm", "scan-t2i", Golden::whole),
                      setting("max", 3, 6, "Max", "softmax", "", Golden::whole),
                      setting("no_norm", 2, 6, "Mean", "no_norm", "", Golden::whole),
                      setting("l2norm", 9, 6, "LogSumExp", "l2norm"),
                      setting("clipped", 9, 6, "LogSumExp", "clipped"),
                      setting("softmax", 9, 6, "LogSumExp", "softmax"),
                      setting("unnormed", 9, 6, "LogSumExp", "no_norm"),
                      setting("mean", 9, 6, "Mean", "clipped_l2norm"),
                      setting("largest", 9, 6, "Max", "clipped_l2norm"),
                      setting("sum", 9, 6, "Sum", "clipped_l2norm")};
  } else {
    cases.settings = {setting("published", 4, 5, "LogSumExp", "clipped_l2norm", "scan-i2t"),
                      setting("lse", 4, 20, "LogSumExp", "clipped_l2norm", "", Golden::whole),
                      setting("sum", 4, 5, "Sum", "l2norm", "", Golden::whole),
                      setting("clipped", 2, 5, "Mean", "clipped", "", Golden::whole),
                      setting("mean", 4, 5, "Mean", "clipped_l2norm"),
                      setting("max", 4, 5, "Max", "clipped_l2norm")};
  }
  return cases;
}

inline ModuleCases glfn_cases() {
  const auto setting = [](const char* name, double softmax, double lse, const char* aggregate, double bonus,
                          const char* published = "", Golden golden = Golden::no) {
    return Setting{name,
                   {{"lambda_softmax", softmax}, {"lambda_lse", lse}, {"aggregate", aggregate}, {"bonus", bonus}},
                   0.1,
                   published,
                   golden};
  };
  return {"glfn",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            return scores(
                reference::scan(scan(true, o), g.in("image"), g.in("words"), g.word_lengths(), g.region_lengths()));
          },
          {setting("lse", 9, 6, "LogSumExp", 0.5, "glfn", Golden::ragged),
           setting("mean", 9, 6, "Mean", 0.5, "", Golden::nan), setting("max", 4, 6, "Max", 0.3),
           setting("sum", 9, 6, "Sum", -0.7), setting("no bonus", 9, 6, "Mean", 0)},
          {},
          true};
}

inline ModuleCases naaf_cases() {
  const auto reference = [](const Tensors& tensors, const Options& o) {
    const Given g(tensors);
    const reference::Naaf p{o.number("threshold"), o.number("lambda_softmax"), o.number("lambda_intra"),
                            o.word("gate") == "plain"};
    return scores(reference::naaf(p, g.in("image"), g.in("words"), g.word_lengths(), g.region_lengths()));
  };
  ModuleCases cases{"naaf", reference, {}};
  const auto add = [&](const std::string& name, double threshold, double softmax, double intra, const char* gate,
                       const char* published = "", Golden golden = Golden::no) {
    cases.settings.push_back(
        {name,
         {{"threshold", threshold}, {"lambda_softmax", softmax}, {"lambda_intra", intra}, {"gate", gate}},
         0.05,
         published,
         golden});
  };
  add("intra", 0.4, 20, 5, "intra", "", Golden::whole);
  add("plain", 0.4, 20, 5, "plain", "", Golden::whole);
  add("published", 0, 20, 5, "intra", "naaf");
  for (const double threshold : {-0.9, 0.0, 0.35, 0.999, 1.5}) {  // below, among and above the cosines
    const double softmax = threshold < 0 ? 10 : 20;
    add("intra, threshold " + std::to_string(threshold), threshold, softmax, 3, "intra");
    add("plain, threshold " + std::to_string(threshold), threshold, softmax, 5, "plain");
  }
  return cases;
}

inline ModuleCases visual_semantic_attention_cases() {
  return {"visual_semantic_attention",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            const reference::VisualSemanticAttention p{o.number("temperature"), pool(o),
                                                       o.has("beta") ? o.number("beta") : 0.1};
            return scores(reference::visual_semantic_attention(p, g.in("image"), g.in("words"), g.word_lengths(),
                                                               g.region_lengths()));
          },
          {{"lse", {{"temperature", 0.1}, {"pool", "log_sum_exp"}, {"beta", 0.1}}, 0.05, "chan-vsa", Golden::nan},
           {"mean", {{"temperature", 0.2}, {"pool", "mean"}}, 0.05, "", Golden::ragged},
           {"softmax", {{"temperature", 0.3}, {"pool", "softmax"}, {"beta", 0.2}}, 0.05},
           {"max", {{"temperature", 0.1}, {"pool", "max"}}, 0.05},
           {"mild mean", {{"temperature", 0.5}, {"pool", "mean"}}, 0.05},
           {"sum", {{"temperature", 0.1}, {"pool", "sum"}}, 0.05}}};
}

inline std::vector<ModuleCases> attention_cases() {
  return {scan_cases(true), scan_cases(false), glfn_cases(), naaf_cases(), visual_semantic_attention_cases()};
}

}  // namespace zoo
