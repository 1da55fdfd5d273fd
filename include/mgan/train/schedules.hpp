// Schedules. Learning rates over a run, as functors rate(base, step): `base` is the rate that the recipe gives, the
// result the rate now. They nest: WarmUp{500, Cosine{}} rises for 500 steps and then follows the cosine.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "mgan/core/error.hpp"
#include "mgan/train/contract.hpp"

namespace mgan::train {

/// base, always.
struct Constant {
  double operator()(double base, const Step&) const { return base; }
};

/// base * factor^floor(epoch / every); every = 0: constant.
struct StepDecay {
  double factor = 0.1;
  std::int64_t every = 10;  // epochs

  double operator()(double base, const Step& step) const {
    require(every >= 0, "StepDecay: every is ", every, ", expected 0 or more epochs");
    double rate = base;
    if (every > 0) {
      for (std::int64_t i = 0; i < step.epoch / every; ++i) rate *= factor;
    }
    return rate;
  }
};

/// last base + (1 - last) base (1 + cos(pi t)) / 2, with t from 0 before the first step to 1 before the last one
/// (Loshchilov & Hutter 2017). Over `steps` steps, and constant behind them; 0: over the whole run.
struct Cosine {
  double last = 0;  // what is left of the rate in the end
  std::int64_t steps = 0;

  double operator()(double base, const Step& step) const {
    require(steps >= 0, "Cosine: steps is ", steps, ", expected 0 or more");
    const std::int64_t all = steps > 0 ? steps : step.steps;
    const double t = step.number + 1 >= all ? 1.0 : static_cast<double>(step.number) / static_cast<double>(all - 1);
    return base * (last + (1 - last) * (1 + std::cos(std::numbers::pi * t)) / 2);
  }
};

/// Rises linearly to what `then` says, in `steps` steps: the first step has 1 / steps of it. A run of one step has all.
template <class Then = Constant>
struct WarmUp {
  std::int64_t steps = 0;
  Then then = {};

  double operator()(double base, const Step& step) const {
    require(steps >= 0, "WarmUp: steps is ", steps, ", expected 0 or more");
    const double rate = then(base, step);
    return step.number < steps ? rate * static_cast<double>(step.number + 1) / static_cast<double>(steps) : rate;
  }
};
template <class Then>
WarmUp(std::int64_t, Then) -> WarmUp<Then>;
WarmUp(std::int64_t)->WarmUp<Constant>;

// Of losses, as functors of the step alone.

/// How far a loss has come from all negatives to the hardest: 1 - base^step, from 0 on (ADAPT, Wehrmann et al. 2020).
struct Annealing {
  double base = 0.991;

  double operator()(const Step& step) const {
    require(base >= 0 && base <= 1, "Annealing: base is ", base, ", expected from 0 to 1");
    return 1 - std::pow(base, static_cast<double>(step.number));
  }
};

/// A factor of the loss: i / n in step i of the n steps of one epoch, from 0 on, and 1 in all others (VSE-infinity,
/// Chen et al. 2021).
struct Ramp {
  std::int64_t epoch = 0;

  double operator()(const Step& step) const {
    if (step.epoch != epoch) return 1;
    const std::int64_t n = step.steps / step.epochs;
    return static_cast<double>(step.number - epoch * n) / static_cast<double>(n);
  }
};

}  // namespace mgan::train
