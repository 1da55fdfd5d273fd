// What each granularity of a trained model is worth on its own: the same weights, scores left out at evaluation.
#pragma once

#include <string>
#include <vector>

#include "model/model.hpp"

namespace program {

inline constexpr const char* post_hoc_label =
    "post hoc: the same weights, scores left out at evaluation; the paper's Table 4 retrains";

struct PostHocScores {
  std::string name;   // "region alone", "without region"
  at::Tensor scores;  // (I, T)
};

/// Each granularity alone; with three of them, also each left out, the others weighted as in the model. Empty for a
/// model of one granularity.
inline std::vector<PostHocScores> post_hoc_scores(const Scores& parts, const ModelConfig& config) {
  struct Part {
    const char* name;
    at::Tensor weighted;
  };
  std::vector<Part> enabled;
  const auto add = [&](const char* name, const at::Tensor& scores, double weight) {
    if (scores.defined()) enabled.push_back({name, scores * weight});
  };
  add("region", parts.region, config.region_weight);
  add("global", parts.global, config.global_weight);
  add("patch", parts.patch, config.patch_weight);

  std::vector<PostHocScores> rows;
  if (enabled.size() < 2) return rows;
  for (const Part& part : enabled) rows.push_back({std::string(part.name) + " alone", part.weighted});
  for (std::size_t left_out = 0; enabled.size() == 3 && left_out < 3; ++left_out) {
    rows.push_back({std::string("without ") + enabled[left_out].name,
                    enabled[(left_out + 1) % 3].weighted + enabled[(left_out + 2) % 3].weighted});
  }
  return rows;
}

}  // namespace program
