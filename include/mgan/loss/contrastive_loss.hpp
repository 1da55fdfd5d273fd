// Every image has to pick its caption out of the batch, and every caption its image: symmetric cross entropy. ConVIRT
// (Zhang et al. 2020), CLIP (Radford et al. 2021); with a margin and as a sum CHAN (Pan et al. 2023).
//
//     L = (mean_i log sum_j exp(s (S_ij - S_ii + margin [j != i])) + the same of columns) / 2       not halved: sum
//
// Captions of one image are left out of each other's sums. One pair costs 0.
#pragma once

#include <span>

#include "mgan/core/parameters.hpp"
#include "mgan/loss/choices.hpp"
#include "mgan/loss/in_batch_pairs.hpp"
#include "mgan/loss/temperature.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// Temperature: FixedTemperature, LearnedTemperature<T>, or any functor from scores to logits.
template <class Temperature = FixedTemperature>
struct ContrastiveLoss {
  Temperature temperature = {};
  double margin = 0;
  Combine combine = Combine::mean;

  /// scores (B, B) -> the loss, a mean over the batch; equal `image_ids` are captions of one image.
  template <Tensor X>
  auto operator()(const X& scores, std::span<const std::int64_t> image_ids = {}) const {
    const std::int64_t B = check_pairs("ContrastiveLoss", scores, image_ids);
    require(margin >= 0, "ContrastiveLoss: margin is ", margin);
    const auto wide = widen(scores);                                                                         // (B, B)
    const auto lead = tensor_like(wide, pair_numbers(B, image_ids, 0, 0, margin));                           // (B, B)
    const auto hidden = tensor_like(wide, pair_numbers(B, image_ids, 0, left_out, 0));                       // (B, B)
    const auto both = add(one_direction(wide, lead, hidden), one_direction(transpose(wide), lead, hidden));  // ()
    return scale(both, combine == Combine::mean ? 0.5 : 1.0);
  }

  /// What has to hold of the weights behind a step of the optimiser.
  void constrain() {
    if constexpr (requires { temperature.constrain(); }) temperature.constrain();
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    if constexpr (HasParameters<Temperature>) Temperature::visit(self.temperature, f);
  }

 private:
  static constexpr double left_out = -1e30;  // a term of exactly 0, with gradient 0: the pair's own is exp(0)

  /// Every column against its own diagonal entry.
  template <Tensor X, Tensor M>
  auto one_direction(const X& scores, const M& lead, const M& hidden) const {
    const auto ahead = add(sub(scores, diagonal(scores)), lead);           // (B, B): s_ij - s_jj + margin
    return mean(log_sum_exp(transpose(add(temperature(ahead), hidden))));  // (), over j of the sums over i
  }
};

template <class Temperature>
ContrastiveLoss(Temperature) -> ContrastiveLoss<Temperature>;
template <class Temperature>
ContrastiveLoss(Temperature, double) -> ContrastiveLoss<Temperature>;
template <class Temperature>
ContrastiveLoss(Temperature, double, Combine) -> ContrastiveLoss<Temperature>;

template <Tensor T>
using LearnedContrastiveLoss = ContrastiveLoss<LearnedTemperature<T>>;

}  // namespace mgan
