// Losses of a batch's scores besides the ranking loss: contrastive, sigmoid, cross entropy, soft labels, a teacher's.
#pragma once

#include "mgan/loss/annealed_ranking_loss.hpp"
#include "mgan/loss/contrastive_loss.hpp"
#include "mgan/loss/distillation_loss.hpp"
#include "mgan/loss/hardest_cross_entropy.hpp"
#include "mgan/loss/sigmoid_loss.hpp"
#include "tests/reference/contrastive_loss.hpp"
#include "tests/reference/hardest_cross_entropy.hpp"
#include "tests/reference/sigmoid_loss.hpp"
#include "tests/reference/soft_label_loss.hpp"
#include "tests/reference/triplet_ranking_loss.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

/// What all of them have: scores, ids, one number as the outcome.
struct BatchLossCase {
  std::string title;
  Array scores;
  std::vector<Index> image_ids = {};

  double temperature() const { return 1; }
  Leaves weights() { return {}; }
  Leaves inputs() {
    Leaves out;
    out.add("scores", scores);
    return out;
  }
  static Outputs loss(double number) { return {{"loss", Array({}, {number})}}; }
};

struct ContrastiveLossCase : BatchLossCase {
  double fixed = 0.1;  // the temperature
  Array logit_scale = {};
  double margin = 0;
  mgan::Combine combine = mgan::Combine::mean;

  static std::vector<ContrastiveLossCase> all() {
    using C = mgan::Combine;
    const std::vector<Index> ids{4, 1, 4, 2, 1, 4};
    return {{{"plain", Random(141).normal({5, 5}, 0.3)}},
            {{"ids", Random(142).normal({6, 6}, 0.3), ids}},
            {{"margin, sum", Random(143).normal({5, 5}, 0.3)}, 0.1, {}, 0.2, C::sum},
            {{"margin, ids", Random(144).normal({6, 6}, 0.3), ids}, 0.05, {}, 0.2},
            {{"learned", Random(145).normal({5, 5}, 0.3)}, 0.1, Array({}, {2.3})},
            {{"learned, ids, margin, sum", Random(146).normal({6, 6}, 0.3), ids}, 0.2, Array({}, {1.6}), 0.1, C::sum},
            {{"one image", Random(147).normal({3, 3}, 0.3), {7, 7, 7}}},
            {{"one pair", Random(148).normal({1, 1}, 0.3)}},
            {{"one pair, learned", Random(149).normal({1, 1}, 0.3)}, 0.1, Array({}, {2.3})}};
  }

  double temperature() const { return fixed; }
  Leaves weights() {
    Leaves out;
    if (!logit_scale.empty()) out.add("logit_scale", logit_scale);
    return out;
  }
  Outputs expected() const {
    const double s = logit_scale.empty() ? 1 / fixed : std::exp(logit_scale.values[0]);
    return loss(reference::contrastive_loss(scores, s, margin, combine == mgan::Combine::mean, image_ids));
  }
  template <class Side>
  void run(Side& s) {
    if (logit_scale.empty()) {
      s.output("loss", mgan::ContrastiveLoss<>{{fixed}, margin, combine}(s.whole("scores", scores), image_ids));
      return;
    }
    mgan::LearnedContrastiveLoss<typename Side::tensor> f{{}, margin, combine};
    s.weights(f, weights());
    s.output("loss", f(s.whole("scores", scores), image_ids));
  }
};

struct SigmoidLossCase : BatchLossCase {
  Array logit_scale = Array({}, {2.0}), logit_bias = Array({}, {-1.0});

  static std::vector<SigmoidLossCase> all() {
    return {{{"plain", Random(151).normal({5, 5}, 0.3)}},
            {{"ids", Random(152).normal({6, 6}, 0.3), {4, 1, 4, 2, 1, 4}}},
            {{"as it starts", Random(153).normal({4, 4}, 0.3)}, Array({}, {std::log(10.0)}), Array({}, {-10.0})},
            {{"one pair", Random(154).normal({1, 1}, 0.3)}}};
  }

  Leaves weights() {
    Leaves out;
    out.add("logit_scale", logit_scale);
    out.add("logit_bias", logit_bias);
    return out;
  }
  Outputs expected() const {
    return loss(reference::sigmoid_loss(scores, std::exp(logit_scale.values[0]), logit_bias.values[0], image_ids));
  }
  template <class Side>
  void run(Side& s) {
    mgan::SigmoidLoss<typename Side::tensor> f;
    s.weights(f, weights());
    s.output("loss", f(s.whole("scores", scores), image_ids));
  }
};

struct HardestCrossEntropyCase : BatchLossCase {
  mgan::Negatives negatives = mgan::Negatives::hardest;
  double epsilon = 1e-6;

  static Array probabilities(std::uint64_t seed, Index batch) {
    Array x = Random(seed).normal({batch, batch});
    for (double& p : x.values) p = 1 / (1 + std::exp(-p));
    return x;
  }
  static std::vector<HardestCrossEntropyCase> all() {
    using N = mgan::Negatives;
    const std::vector<Index> ids{4, 1, 4, 2, 1, 4};
    std::vector<HardestCrossEntropyCase> cases = {{{"hardest", probabilities(161, 5)}},
                                                  {{"all", probabilities(162, 5)}, N::all},
                                                  {{"hardest, ids", probabilities(163, 6), ids}},
                                                  {{"all, ids", probabilities(164, 6), ids}, N::all},
                                                  {{"clipped", probabilities(165, 5)}, N::hardest, 0.3},
                                                  {{"all, clipped", probabilities(166, 5)}, N::all, 0.3},
                                                  {{"rows without negatives", probabilities(167, 3), {7, 7, 7}}},
                                                  {{"one pair", probabilities(168, 1)}},
                                                  {{"one pair, all", probabilities(169, 1)}, N::all},
                                                  {{"a kink: 0 and 1", probabilities(170, 5)}}};
    cases.back().scores.at(1, 1) = 1;  // nothing to learn there
    cases.back().scores.at(0, 2) = 0;
    return cases;
  }

  Outputs expected() const {
    return loss(reference::hardest_cross_entropy(scores, epsilon, negatives == mgan::Negatives::all, image_ids));
  }
  template <class Side>
  void run(Side& s) {
    s.output("loss", mgan::HardestCrossEntropy{negatives, epsilon}(s.whole("scores", scores), image_ids));
  }
};

struct AnnealedRankingLossCase : BatchLossCase {
  double hardest = 0;

  static std::vector<AnnealedRankingLossCase> all() {
    return {{{"all", Random(171).normal({5, 5}, 0.3)}, 0},
            {{"half way", Random(172).normal({5, 5}, 0.3)}, 0.5},
            {{"ids", Random(173).normal({6, 6}, 0.3), {4, 1, 4, 2, 1, 4}}, 0.7},
            {{"hardest", Random(174).normal({5, 5}, 0.3)}, 1}};
  }

  Outputs expected() const {
    const auto of = [&](reference::Negatives n) { return reference::triplet_ranking_loss(scores, 0.2, n, image_ids); };
    return loss((1 - hardest) * of(reference::Negatives::all) + hardest * of(reference::Negatives::hardest));
  }
  template <class Side>
  void run(Side& s) {
    s.output("loss", mgan::AnnealedRankingLoss{0.2, hardest}(s.whole("scores", scores), image_ids));
  }
};

struct SoftLabelLossCase : BatchLossCase {
  Array labels = {};  // constants
  double fixed = 0.1;
  Array logit_scale = {};

  static std::vector<SoftLabelLossCase> all() {
    const std::vector<Index> ids{4, 1, 4, 2, 1, 4};
    const auto made = [](const mgan::HostArray& y) { return Array(y.shape, y.values); };
    Array uneven = Random(184).normal({4, 4});
    for (double& y : uneven.values) y = y < 0 ? 0 : y;
    for (Index i = 0; i < 4; ++i) uneven.at(i, i) = 1;
    return {{{"the diagonal", Random(181).normal({5, 5}, 0.3)}, made(mgan::soft_labels(5))},
            {{"ids", Random(182).normal({6, 6}, 0.3)}, made(mgan::soft_labels(6, ids))},
            {{"ids, smooth", Random(183).normal({6, 6}, 0.3)}, made(mgan::soft_labels(6, ids, 0.1))},
            {{"uneven", Random(185).normal({4, 4}, 0.3)}, uneven, 0.2},
            {{"learned", Random(186).normal({4, 4}, 0.3)}, uneven, 0.1, Array({}, {2.3})},
            {{"one pair", Random(187).normal({1, 1}, 0.3)}, made(mgan::soft_labels(1, {}, 0.1))}};
  }

  double temperature() const { return fixed; }
  Leaves weights() {
    Leaves out;
    if (!logit_scale.empty()) out.add("logit_scale", logit_scale);
    return out;
  }
  Outputs expected() const {
    return loss(
        reference::soft_label_loss(scores, labels, logit_scale.empty() ? 1 / fixed : std::exp(logit_scale.values[0])));
  }
  template <class Side>
  void run(Side& s) {
    const auto y = s.whole("labels", labels);
    if (logit_scale.empty()) {
      s.output("loss", mgan::SoftLabelLoss<>{{fixed}}(s.whole("scores", scores), y));
      return;
    }
    mgan::LearnedSoftLabelLoss<typename Side::tensor> f;
    s.weights(f, weights());
    s.output("loss", f(s.whole("scores", scores), y));
  }
};

struct DistillationLossCase : BatchLossCase {
  Array teacher = {};  // constants
  double student_temperature = 0.1, teacher_temperature = 0.1;

  static std::vector<DistillationLossCase> all() {
    return {{{"plain", Random(191).normal({5, 5}, 0.3)}, Random(192).normal({5, 5}, 0.3)},
            {{"two temperatures", Random(193).normal({4, 4}, 0.3)}, Random(194).normal({4, 4}, 3), 0.2, 1},
            {{"one pair", Random(195).normal({1, 1}, 0.3)}, Random(196).normal({1, 1}, 0.3)}};
  }

  double temperature() const { return student_temperature; }
  Outputs expected() const {
    return loss(reference::distillation_loss(scores, teacher, 1 / student_temperature, 1 / teacher_temperature));
  }
  template <class Side>
  void run(Side& s) {
    s.output("loss", mgan::DistillationLoss{student_temperature, teacher_temperature}(s.whole("scores", scores),
                                                                                      s.whole("teacher", teacher)));
  }
};

}  // namespace support
