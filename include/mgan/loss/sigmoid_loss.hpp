// Every pair of a batch is a question of its own: do image and caption belong together? SigLIP (Zhai et al., ICCV
// 2023).
//
//     L = 1/B sum_ij log(1 + exp(-z_ij (s S_ij + b))),    z_ij = 1 for what belongs together, else -1
//     s = exp(logit_scale), b = logit_bias, both trained from 10 and -10 on
//
// There is no sum over the batch inside a logarithm, so captions of one image are simply right answers as well. The
// bias is there because a batch has B - 1 times as many wrong pairs.
#pragma once

#include <cmath>
#include <span>
#include <utility>

#include "mgan/loss/in_batch_pairs.hpp"
#include "mgan/loss/softplus.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"

namespace mgan {

template <Tensor T>
struct SigmoidLoss {
  vector_of<T> logit_scale;  // (1)
  vector_of<T> logit_bias;   // (1)

  static SigmoidLoss create(double scale = 10, double bias = -10) {
    check_positive("SigmoidLoss", "scale", scale);
    return {make_vector<T>(1, std::log(scale)), make_vector<T>(1, bias)};
  }

  /// scores (B, B) -> the loss, summed over one side and a mean over the other; equal `image_ids` belong together.
  template <Tensor X>
  auto operator()(const X& scores, std::span<const std::int64_t> image_ids = {}) const {
    const std::int64_t B = check_pairs("SigmoidLoss", scores, image_ids);
    for (const auto& [name, weight] : {std::pair{"logit_scale", &logit_scale}, {"logit_bias", &logit_bias}}) {
      check_shape("SigmoidLoss", name, *weight, {1});
      check_finite("SigmoidLoss", name, *weight);
    }
    const auto wide = widen(scores);                                                                   // (B, B)
    const auto away = tensor_like(wide, pair_numbers(B, image_ids, -1, -1, 1));                        // (B, B): -z
    const auto logits = add(scale_by(mul(wide, away), exp(logit_scale)), scale_by(away, logit_bias));  // (B, B)
    return scale(sum(sum(softplus(logits))), 1 / static_cast<double>(B));                              // ()
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("logit_scale", self.logit_scale);
    f("logit_bias", self.logit_bias);
  }
};

}  // namespace mgan
