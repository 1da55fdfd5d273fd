// Cases of the losses of a batch's scores besides the ranking loss.
#pragma once

#include "zoo_cases.hpp"

namespace golden {

/// In [0, 1], as a sigmoid gives them.
inline Array probabilities(Random& random, Shape shape) {
  Array x = random.normal(std::move(shape));
  for (double& p : x.values) p = 1.0 / (1.0 + std::exp(-p));
  return x;
}

inline std::vector<Case> loss_cases() {
  std::vector<Case> cases;
  const auto start = [&](const char* module, const char* name, Options config) -> Case& {
    Case& c = cases.emplace_back(Case{module, name, std::move(config)});
    Random random = random_of(std::string(module) + "-" + name);
    const bool chances = c.module == "hardest_cross_entropy";
    c.add("input.scores", chances ? probabilities(random, {5, 5}) : random.normal({5, 5}, 0.3));
    if (c.module == "soft_label_loss") c.add("input.labels", probabilities(random, {5, 5}));
    if (c.module == "distillation_loss") c.add("input.teacher", random.normal({5, 5}, 0.3));
    return c;
  };
  const std::vector<Index> ids{8, 2, 8, 5, 2};
  start("contrastive_loss", "image_ids", {{"temperature", 0.2}, {"margin", 0.0}, {"combine", "mean"}})
      .add("input.image_ids", ids);
  start("contrastive_loss", "margin", {{"temperature", 0.2}, {"margin", 0.1}, {"combine", "sum"}});
  start("contrastive_loss", "learned", {{"margin", 0.0}, {"combine", "mean"}})
      .add("param.logit_scale", Array({}, {1.7}));
  Case& sigmoid = start("sigmoid_loss", "image_ids", {});
  sigmoid.add("param.logit_scale", Array({}, {1.5}));
  sigmoid.add("param.logit_bias", Array({}, {-1.0}));
  sigmoid.add("input.image_ids", ids);
  start("hardest_cross_entropy", "hardest", {{"negatives", "hardest"}, {"epsilon", 1e-6}});
  start("hardest_cross_entropy", "all", {{"negatives", "all"}, {"epsilon", 1e-6}}).add("input.image_ids", ids);
  start("annealed_ranking_loss", "half_way", {{"margin", 0.2}, {"hardest", 0.5}}).add("input.image_ids", ids);
  start("soft_label_loss", "plain", {{"temperature", 0.2}});
  start("distillation_loss", "plain", {{"temperature", 0.2}, {"teacher_temperature", 0.4}});
  return cases;
}

}  // namespace golden
