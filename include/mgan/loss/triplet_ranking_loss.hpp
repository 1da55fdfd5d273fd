// Bidirectional ranking with in-batch negatives. Eq. (14) of the MGAN paper; the hardest negative as in VSE++ (2018).
//
//     L = sum_i  N_j [margin + s_ij - s_ii]_+  +  N_j [margin + s_ji - s_ii]_+
//
// N is the maximum over the negatives j, or their sum. Row i and column i are pair i.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

enum class Negatives {
  hardest,  ///< the largest hinge of each row and column; of equals the lowest index gets the gradient
  all,      ///< the sum of all hinges: a warm-up that does not collapse
};

struct TripletRankingLoss {
  double margin = 0.2;
  Negatives negatives = Negatives::hardest;

  /// scores (B, B) -> the loss, summed over the batch. Captions of one image (equal `image_ids`) are never negatives of
  /// each other; without ids every other pair is one. A row or column without a negative adds 0.
  template <Tensor X>
  auto operator()(const X& scores, std::span<const std::int64_t> image_ids = {}) const {
    const Shape s = shape(scores);
    require(s.size() == 2 && s[0] == s[1], "TripletRankingLoss: scores are ", s, ", expected (B, B)");
    require(s[0] > 0, "TripletRankingLoss: scores are ", s, ", there is no pair");
    require(image_ids.empty() || static_cast<std::int64_t>(image_ids.size()) == s[0],
            "TripletRankingLoss: ", image_ids.size(), " image ids for scores ", s);
    require(margin >= 0, "TripletRankingLoss: margin is ", margin);
    check_finite("TripletRankingLoss", "scores", scores);
    const auto wide = widen(scores);                                              // (B, B)
    const auto is_negative = tensor_like(wide, negative_pairs(s[0], image_ids));  // (B, B), 0 or 1
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

  static HostArray negative_pairs(std::int64_t batch, std::span<const std::int64_t> image_ids) {
    HostArray pairs{{batch, batch}, {}};
    for (std::int64_t i = 0; i < batch; ++i)
      for (std::int64_t j = 0; j < batch; ++j) {
        const bool same = image_ids.empty()
                              ? i == j
                              : image_ids[static_cast<std::size_t>(i)] == image_ids[static_cast<std::size_t>(j)];
        pairs.values.push_back(same ? 0 : 1);
      }
    return pairs;
  }
};

}  // namespace mgan
