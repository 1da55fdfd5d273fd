// The ranking loss on its way from all negatives to the hardest. ADAPT (Wehrmann et al., AAAI 2020).
//
//     L = (1 - k) L_all + k L_hardest        k = 1 - 0.991^step there: train::Annealing
//
// At k = 1 it is TripletRankingLoss bit by bit, and touches no pair that this does not.
#pragma once

#include <span>

#include "mgan/loss/triplet_ranking_loss.hpp"

namespace mgan {

struct AnnealedRankingLoss {
  double margin = 0.2;
  double hardest = 0;  ///< k, from 0 to 1

  /// scores (B, B) -> the loss, summed over the batch; ids as in TripletRankingLoss.
  template <Tensor X>
  auto operator()(const X& scores, std::span<const std::int64_t> image_ids = {}) const {
    require(hardest >= 0 && hardest <= 1, "AnnealedRankingLoss: hardest is ", hardest, ", expected from 0 to 1");
    const auto of = [&](Negatives negatives) { return TripletRankingLoss{margin, negatives}(scores, image_ids); };
    if (hardest == 1) return of(Negatives::hardest);
    if (hardest == 0) return of(Negatives::all);
    return add(scale(of(Negatives::all), 1 - hardest), scale(of(Negatives::hardest), hardest));
  }
};

}  // namespace mgan
