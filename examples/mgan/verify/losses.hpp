// Losses of a batch's scores (B, B), as parts that a case can check.
#pragma once

#include "mgan/mgan.hpp"
#include "mgan/testing/case.hpp"

namespace verify {

/// input.image_ids (B), where captions of one image are in the batch.
inline std::vector<std::int64_t> image_ids(const mgan::testing::Case& c) {
  return c.has("input.image_ids") ? c.integers("input.image_ids") : std::vector<std::int64_t>{};
}

template <class Side>
void triplet_ranking_loss(Side& s) {
  using N = mgan::Negatives;
  mgan::TripletRankingLoss f;
  auto options = s.source.options();
  options.required("margin", f.margin);
  options.optional("negatives", f.negatives, {{"hardest", N::hardest}, {"all", N::all}});
  options.done();
  s.output("loss", f(s.whole("scores"), image_ids(s.source)));
}

template <class Side>
void annealed_ranking_loss(Side& s) {
  mgan::AnnealedRankingLoss f;
  auto options = s.source.options();
  options.required("margin", f.margin);
  options.required("hardest", f.hardest);
  options.done();
  s.output("loss", f(s.whole("scores"), image_ids(s.source)));
}

/// run(f, options) of a loss with the temperature of the case: the option, or the trained param.logit_scale.
template <template <class> class Loss, class Side, class F>
void with_temperature(Side& s, F&& run) {
  auto options = s.source.options();
  if (options.has_weight("logit_scale")) {
    Loss<mgan::LearnedTemperature<typename Side::tensor>> f;
    s.weights(f);
    run(f, options);
  } else {
    Loss<mgan::FixedTemperature> f;
    options.required("temperature", f.temperature.value);
    run(f, options);
  }
}

template <class Side>
void contrastive_loss(Side& s) {
  using C = mgan::Combine;
  with_temperature<mgan::ContrastiveLoss>(s, [&](auto& f, auto& options) {
    options.optional("margin", f.margin);
    options.optional("combine", f.combine, {{"mean", C::mean}, {"sum", C::sum}});
    options.done();
    s.output("loss", f(s.whole("scores"), image_ids(s.source)));
  });
}

template <class Side>
void soft_label_loss(Side& s) {
  with_temperature<mgan::SoftLabelLoss>(s, [&](auto& f, auto& options) {
    options.done();
    s.output("loss", f(s.whole("scores"), s.whole("labels")));
  });
}

template <class Side>
void sigmoid_loss(Side& s) {
  mgan::SigmoidLoss<typename Side::tensor> f;
  s.source.options().done();
  s.weights(f);
  s.output("loss", f(s.whole("scores"), image_ids(s.source)));
}

template <class Side>
void hardest_cross_entropy(Side& s) {
  using N = mgan::Negatives;
  mgan::HardestCrossEntropy f;
  auto options = s.source.options();
  options.optional("negatives", f.negatives, {{"hardest", N::hardest}, {"all", N::all}});
  options.optional("epsilon", f.epsilon);
  options.done();
  s.output("loss", f(s.whole("scores"), image_ids(s.source)));
}

template <class Side>
void distillation_loss(Side& s) {
  mgan::DistillationLoss f;
  auto options = s.source.options();
  options.required("temperature", f.temperature);
  options.required("teacher_temperature", f.teacher_temperature);
  options.done();
  s.output("loss", f(s.whole("scores"), s.whole("teacher")));
}

/// f(name, run) for each; run(side).
template <class F>
void each_loss(F&& f) {
  f("triplet_ranking_loss", [](auto& s) { triplet_ranking_loss(s); });
  f("annealed_ranking_loss", [](auto& s) { annealed_ranking_loss(s); });
  f("contrastive_loss", [](auto& s) { contrastive_loss(s); });
  f("sigmoid_loss", [](auto& s) { sigmoid_loss(s); });
  f("hardest_cross_entropy", [](auto& s) { hardest_cross_entropy(s); });
  f("soft_label_loss", [](auto& s) { soft_label_loss(s); });
  f("distillation_loss", [](auto& s) { distillation_loss(s); });
}

}  // namespace verify
