// The cases of the published modules.
#pragma once

#include "case.hpp"

namespace golden {

struct ZooSizes {
  Index images = 2, texts = 3, regions = 5, words = 5, width = 4;
  Lengths region_lengths{5, 2}, word_lengths{4, 1, 3};
};

/// One case with its options as JSON; `ragged_regions` where the format allows them.
inline Case zoo_case(Random& random, const std::string& module, const std::string& name, Options options,
                     bool ragged_regions = false, bool nan = false) {
  const ZooSizes size;
  const bool patches = module == "aosm";
  Case c{module, name, {}};
  c.config.options = std::move(options);
  Array image = random.normal({size.images, size.regions, size.width});
  c.add(patches ? "input.patches" : "input.image",
        ragged_regions ? padded(std::move(image), size.region_lengths, 0, nan) : std::move(image));
  if (ragged_regions) c.add("input.region_lengths", size.region_lengths);
  if (module == "multi_view_max") {
    c.add("input.text", random.normal({size.texts, 3, size.width}));
    return c;
  }
  c.add("input.words", padded(random.normal({size.texts, size.words, size.width}), size.word_lengths, 0, nan));
  c.add("input.word_lengths", size.word_lengths);
  if (nan) c.note = "padding is NaN and infinity";
  return c;
}

inline void add_zoo_cases(std::vector<Case>& cases, Random& random) {
  const auto add = [&](const char* module, const char* name, Options options, bool ragged = false, bool nan = false) {
    cases.push_back(zoo_case(random, module, name, std::move(options), ragged, nan));
  };
  add("max_sim", "colbert", {{"direction", "text_to_image"}, {"pool", "sum"}, {"normalize", true}});
  add("max_sim", "filip", {{"direction", "both"}, {"pool", "mean"}, {"normalize", true}}, true);
  add("max_sim", "teran", {{"direction", "text_to_image"}, {"pool", "sum"}, {"normalize", false}});
  add("max_sim", "laps",
      {{"direction", "both"}, {"pool", "mean"}, {"normalize", true}, {"combine", "sum"}, {"negative_slope", 0.1}},
      true);
  add("max_sim", "chan_vha",
      {{"direction", "text_to_image"}, {"pool", "log_sum_exp"}, {"normalize", true}, {"beta", 0.1}}, true, true);
  add("max_sim", "chan_tha", {{"direction", "image_to_text"}, {"pool", "softmax"}, {"normalize", true}, {"beta", 0.2}},
      true);
  add("max_sim", "max", {{"direction", "both"}, {"pool", "max"}, {"normalize", true}}, true);
  add("multi_view_max", "plain", {});

  const auto scan = [](double softmax, double lse, const char* aggregate, const char* norm) -> Options {
    return {{"lambda_softmax", softmax}, {"lambda_lse", lse}, {"aggregate", aggregate}, {"norm", norm}};
  };
  add("scan_text_to_image", "lse", scan(9, 6, "LogSumExp", "clipped_l2norm"));
  add("scan_text_to_image", "max", scan(3, 6, "Max", "softmax"));
  add("scan_text_to_image", "no_norm", scan(2, 6, "Mean", "no_norm"));
  add("scan_image_to_text", "lse", scan(4, 20, "LogSumExp", "clipped_l2norm"));
  add("scan_image_to_text", "sum", scan(4, 5, "Sum", "l2norm"));
  add("scan_image_to_text", "clipped", scan(2, 5, "Mean", "clipped"));

  for (const double tau : {0.5, 0.01}) {
    add("aosm", tau < 0.1 ? "sharp" : "projected", {{"temperature", tau}});
    const ZooSizes size;
    for (const char* name : {"A1", "A2", "A3", "A4"}) {
      cases.back().add(std::string("param.") + name, random.normal({5, 5}, 0.5));
    }
    if (tau > 0.1) cases.back().add("param.P", random.normal({size.width, size.width}, 0.5));
  }
  add("weighted_token_interaction", "ragged", {}, true);
  for (const char* side : {"text.", "image."}) {
    random.linear(cases.back(), side + std::string("0"), 4, 4);
    random.linear(cases.back(), side + std::string("2"), 1, 4);
  }
  const auto naaf = [](double threshold, const char* gate) -> Options {
    return {{"threshold", threshold}, {"lambda_softmax", 20.0}, {"lambda_intra", 5.0}, {"gate", gate}};
  };
  add("naaf", "intra", naaf(0.4, "intra"));
  add("naaf", "plain", naaf(0.4, "plain"));
  add("visual_semantic_attention", "lse", {{"temperature", 0.1}, {"pool", "log_sum_exp"}, {"beta", 0.1}}, true, true);
  add("visual_semantic_attention", "mean", {{"temperature", 0.2}, {"pool", "mean"}}, true);
  add("self_weighted_mean", "ragged", {{"scale", 4.0}});
}

}  // namespace golden
