// Bidirectional ranking with in-batch negatives. Eq. (14) of the MGAN paper; the hardest negative as in VSE++ (2018).
//
//     L = sum_i  N_j [margin + s_ij - s_ii]_+  +  N_j [margin + s_ji - s_ii]_+
//
// N is the maximum over the negatives j, or their sum. Row i and column i are pair i.
#pragma once

#include <span>

#include "mgan/loss/choices.hpp"
#include "mgan/loss/in_batch_pairs.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

struct TripletRankingLoss {
  double margin = 0.2;
  Negatives negatives = Negatives::hardest;

  /// scores (B, B) -> the loss, summed over the batch. Captions of one image (equal `image_ids`) are never negatives of
  /// each other; without ids every other pair is one. A row or column without a negative adds 0.
  template <Tensor X>
  auto operator()(const X& scores, std::span<const std::int64_t> image_ids = {}) const {
    const std::int64_t B = check_pairs("TripletRankingLoss", scores, image_ids);
    require(margin >= 0, "TripletRankingLoss: margin is ", margin);
    const auto wide = widen(scores);                                           // (B, B)
    const auto is_negative = tensor_like(wide, negative_pairs(B, image_ids));  // (B, B), 0 or 1
    return add(one_direction(wide, is_negative), one_direction(transpose(wide), is_negative));
  }

 private:
  /// Every column against its own diagonal entry.
  template <Tensor X, Tensor N>
  auto one_direction(const X& scores, const N& is_negative) const {
    const auto violation = shift(sub(scores, diagonal(scores)), margin);  // (B, B): margin + s_ij - s_jj
    const auto hinge = transpose(mul(relu(violation), is_negative));      // (B, B), 0 where it is no negative
    return negatives == Negatives::hardest ? sum(max(hinge)) : sum(sum(hinge));
  }
};

}  // namespace mgan
