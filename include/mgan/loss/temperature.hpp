// What scores are multiplied by before a softmax over a batch: one over a constant, or a number that is trained.
//
//     s = 1 / temperature        or        s = exp(logit_scale), after every step at most 100
//
// The trained one is that of CLIP (Radford et al., ICML 2021) and open_clip: it starts at 1 / 0.07.
#pragma once

#include <algorithm>
#include <cmath>

#include "mgan/core/check.hpp"
#include "mgan/ops/arithmetic.hpp"

namespace mgan {

struct FixedTemperature {
  double value = 0.07;

  /// (...) -> (...): scores / value.
  template <Tensor X>
  auto operator()(const X& scores) const {
    check_positive("FixedTemperature", "value", value);
    return scale(scores, 1 / value);
  }
};

template <Tensor T>
struct LearnedTemperature {
  vector_of<T> logit_scale;  // (1)
  double largest = 100;      // of s, from which the next step starts

  static LearnedTemperature create(double temperature = 0.07) {
    check_positive("LearnedTemperature", "temperature", temperature);
    return {make_vector<T>(1, -std::log(temperature))};
  }

  /// (...) -> (...): s times the scores.
  template <Tensor X>
  auto operator()(const X& scores) const {
    check_shape("LearnedTemperature", "logit_scale", logit_scale, {1});
    check_finite("LearnedTemperature", "logit_scale", logit_scale);
    return scale_by(scores, exp(logit_scale));
  }

  /// Behind a step of the optimiser: s is at most `largest`.
  void constrain() {
    HostArray number = to_host(logit_scale);
    if (!(number.values[0] > std::log(largest))) return;
    number.values[0] = std::log(largest);
    assign(logit_scale, number);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("logit_scale", self.logit_scale);
  }
};

}  // namespace mgan
