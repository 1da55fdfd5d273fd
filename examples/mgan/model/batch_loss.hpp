// The loss that a configuration names, of a batch's scores, with the weights that it trains.
#pragma once

#include <span>
#include <variant>

#include "app/config.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/loss/annealed_ranking_loss.hpp"
#include "mgan/loss/contrastive_loss.hpp"
#include "mgan/loss/hardest_cross_entropy.hpp"
#include "mgan/loss/sigmoid_loss.hpp"
#include "mgan/loss/soft_label_loss.hpp"
#include "mgan/train/contract.hpp"

namespace program {

/// SoftLabelLoss of the labels that image ids give.
template <class Temperature>
struct SmoothedLabels {
  mgan::SoftLabelLoss<Temperature> loss;
  double smoothing = 0;

  at::Tensor operator()(const at::Tensor& scores, std::span<const std::int64_t> image_ids) const {
    return loss(scores, mgan::tensor_like(scores, mgan::soft_labels(scores.size(0), image_ids, smoothing)));
  }
  void constrain() { loss.constrain(); }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    mgan::SoftLabelLoss<Temperature>::visit(self.loss, f);
  }
};

struct BatchLoss {
  using Learned = mgan::LearnedTemperature<at::Tensor>;
  std::variant<mgan::TripletRankingLoss, mgan::AnnealedRankingLoss, mgan::HardestCrossEntropy, mgan::ContrastiveLoss<>,
               mgan::ContrastiveLoss<Learned>, SmoothedLabels<mgan::FixedTemperature>, SmoothedLabels<Learned>,
               mgan::SigmoidLoss<at::Tensor>>
      loss;

  static BatchLoss create(const RecipeConfig& recipe, const LossConfig& config);
  /// As it is at a step: with all negatives in the first epochs, or annealed that far. The weights are the same ones.
  BatchLoss at_step(const mgan::train::Step& step, const RecipeConfig& recipe, const LossConfig& config) const;

  /// scores (I, C I) of I images, captions grouped as c * I + i -> the mean over the C groups.
  at::Tensor operator()(const at::Tensor& scores, std::span<const std::int64_t> image_ids) const;

  /// Whether it is a sum over the batch, as the ranking loss, and no mean.
  bool is_sum() const;
  /// What it is where all scores are equal: a model that has collapsed. NaN where that depends on the scores.
  double of_equal_scores(std::int64_t batch) const;
  /// The trained factor of the scores, where there is one; undefined elsewhere.
  at::Tensor scale() const;
  /// Behind a step of the optimiser.
  void constrain();

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    std::visit(
        [&]<class L>(L& loss) {
          if constexpr (mgan::HasParameters<L>) std::remove_const_t<L>::visit(loss, f);
        },
        self.loss);
  }
};

}  // namespace program
