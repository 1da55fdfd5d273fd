// Scores as probabilities that a pair belongs together, by binary cross entropy. CAMP (Wang et al., ICCV 2019).
//
//     p = S clipped to [epsilon, 1 - epsilon]
//     hardest   L = -(2 sum_i log p_ii + sum_i min_j log(1 - p_ij) + sum_j min_i log(1 - p_ij))
//     all       L = -(mean_i log p_ii + sum_ij log(1 - p_ij) / B^2)
//
// min and sum are over negatives; a row or column without one adds 0.
#pragma once

#include <algorithm>
#include <span>

#include "mgan/loss/in_batch_pairs.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"

namespace mgan {

struct HardestCrossEntropy {
  Negatives negatives = Negatives::hardest;
  double epsilon = 1e-6;

  /// scores (B, B) in [0, 1] -> the loss; equal `image_ids` are captions of one image, never negatives of each other.
  template <Tensor X>
  auto operator()(const X& scores, std::span<const std::int64_t> image_ids = {}) const {
    const std::int64_t B = check_pairs("HardestCrossEntropy", scores, image_ids);
    require(epsilon > 0 && epsilon < 0.5, "HardestCrossEntropy: epsilon is ", epsilon, ", expected above 0, below 0.5");
    check_probabilities(scores);
    const auto wide = widen(scores);                                           // (B, B)
    const auto p = clip(wide, epsilon, 1 - epsilon);                           // (B, B)
    const auto rest = clip(shift(scale(wide, -1), 1), epsilon, 1 - epsilon);   // (B, B): 1 - p, and no less exact
    const auto is_negative = tensor_like(wide, negative_pairs(B, image_ids));  // (B, B), 0 or 1
    const auto right = scale(sum(log(diagonal(p))), -1);                       // (): sum_i -log p_ii
    const auto wrong = mul(scale(log(rest), -1), is_negative);                 // (B, B): -log(1 - p_ij), 0 or more
    const double b = static_cast<double>(B);
    if (negatives == Negatives::all) return add(scale(right, 1 / b), scale(sum(sum(wrong)), 1 / (b * b)));
    return add(scale(right, 2), add(sum(max(wrong)), sum(max(transpose(wrong)))));
  }

 private:
  /// A sigmoid's rounding may leave [0, 1], a cosine or a sum of scores is none of its numbers.
  template <Tensor X>
  static void check_probabilities(const X& scores) {
    if (!check_values) return;
    constexpr double slack = 1e-3;
    const HostArray host = to_host(scores);
    for (std::size_t i = 0; i < host.values.size(); ++i)
      require(host.values[i] >= -slack && host.values[i] <= 1 + slack, "HardestCrossEntropy: scores",
              position(static_cast<std::int64_t>(i), host.shape), " is ", host.values[i],
              ", expected a probability, from 0 to 1");
  }
};

}  // namespace mgan
