#include "batch_loss.hpp"

#include <cmath>
#include <limits>

#include "mgan/train/collapse.hpp"
#include "mgan/train/schedules.hpp"

namespace program {

BatchLoss BatchLoss::create(const RecipeConfig& recipe, const LossConfig& c) {
  switch (c.name) {
    case LossName::triplet:
      return {mgan::TripletRankingLoss{recipe.margin, c.negatives}};
    case LossName::annealed:
      return {mgan::AnnealedRankingLoss{recipe.margin}};
    case LossName::cross_entropy:
      return {mgan::HardestCrossEntropy{c.negatives, c.epsilon}};
    case LossName::contrastive:
      if (c.trained) return {mgan::ContrastiveLoss{Learned::create(c.temperature), c.margin, c.combine}};
      return {mgan::ContrastiveLoss{mgan::FixedTemperature{c.temperature}, c.margin, c.combine}};
    case LossName::soft_label:
      if (c.trained) return {SmoothedLabels<Learned>{{Learned::create(c.temperature)}, c.smoothing}};
      return {SmoothedLabels<mgan::FixedTemperature>{{{c.temperature}}, c.smoothing}};
    case LossName::sigmoid:
      return {mgan::SigmoidLoss<at::Tensor>::create(c.scale, c.bias)};
  }
  mgan::fail("a loss without a name");
}

BatchLoss BatchLoss::at_step(const mgan::train::Step& step, const RecipeConfig& recipe, const LossConfig& c) const {
  BatchLoss now = *this;
  const bool all = step.epoch < recipe.warmup_epochs;
  if (auto* triplet = std::get_if<mgan::TripletRankingLoss>(&now.loss); triplet && all)
    triplet->negatives = mgan::Negatives::all;
  if (auto* cross = std::get_if<mgan::HardestCrossEntropy>(&now.loss); cross && all)
    cross->negatives = mgan::Negatives::all;
  if (auto* annealed = std::get_if<mgan::AnnealedRankingLoss>(&now.loss))
    annealed->hardest = mgan::train::Annealing{c.annealing}(step);
  return now;
}

at::Tensor BatchLoss::operator()(const at::Tensor& scores, std::span<const std::int64_t> image_ids) const {
  const std::int64_t I = scores.size(0), groups = scores.size(1) / I;
  at::Tensor sum;
  for (std::int64_t c = 0; c < groups; ++c) {
    const at::Tensor group =
        std::visit([&](const auto& of) { return of(scores.narrow(1, c * I, I), image_ids); }, loss);
    sum = sum.defined() ? sum + group : group;
  }
  return sum / groups;
}

bool BatchLoss::is_sum() const {
  if (const auto* cross = std::get_if<mgan::HardestCrossEntropy>(&loss))
    return cross->negatives == mgan::Negatives::hardest;
  return std::holds_alternative<mgan::TripletRankingLoss>(loss) ||
         std::holds_alternative<mgan::AnnealedRankingLoss>(loss);
}

double BatchLoss::of_equal_scores(std::int64_t batch) const {
  const auto ranking = [&](double margin, double hardest) {
    return (1 - hardest) * mgan::train::collapsed_loss_all(batch, margin) +
           hardest * mgan::train::collapsed_loss_hardest(batch, margin);
  };
  const double B = static_cast<double>(batch);
  return std::visit(
      [&]<class L>(const L& of) -> double {
        if constexpr (std::is_same_v<L, mgan::TripletRankingLoss>)
          return ranking(of.margin, of.negatives == mgan::Negatives::hardest ? 1 : 0);
        else if constexpr (std::is_same_v<L, mgan::AnnealedRankingLoss>) return ranking(of.margin, of.hardest);
        else if constexpr (requires { of.combine; })
          return of.margin > 0 ? std::numeric_limits<double>::quiet_NaN()
                               : (of.combine == mgan::Combine::sum ? 2 : 1) * std::log(B);
        else if constexpr (requires { of.smoothing; }) return std::log(B);
        else return std::numeric_limits<double>::quiet_NaN();
      },
      loss);
}

at::Tensor BatchLoss::scale() const {
  at::Tensor found;
  visit(*this, [&](const std::string& name, const at::Tensor& w) {
    if (name == "logit_scale") found = w.detach().exp();
  });
  return found;
}

void BatchLoss::constrain() {
  std::visit(
      [](auto& of) {
        if constexpr (requires { of.constrain(); }) of.constrain();
      },
      loss);
}

}  // namespace program
