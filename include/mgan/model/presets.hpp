// Two presets of the whole model: what the paper prints, and the decisions of docs/mathematics.md.
#pragma once

#include "mgan/loss/matching_loss.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "mgan/model/multi_granularity_matcher.hpp"

namespace mgan {

struct Preset {
  MatcherSizes sizes = {};
  double temperature = 1;
  LossBalance balance = LossBalance::camera();
  TripletRankingLoss ranking = {};
  GranularityWeights weights = {};

  /// Everything literally as printed: no temperature (tau = 1), the loss of Eq. (13).
  static Preset paper() { return {.balance = LossBalance::as_printed()}; }
  /// The defaults of this library.
  static Preset standard() { return {}; }
};

}  // namespace mgan
