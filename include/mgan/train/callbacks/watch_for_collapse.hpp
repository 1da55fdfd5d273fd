// Says once when all scores have become equal.
#pragma once

#include <functional>
#include <string>

#include "mgan/train/collapse.hpp"
#include "mgan/train/contract.hpp"
#include "mgan/train/run.hpp"

namespace mgan::train {

/// Warns when the number `watched` of the loss stays at what equal scores give: collapsed_loss_hardest or
/// collapsed_loss_all of the batch.
struct WatchForCollapse {
  std::function<double(const Step&)> plateau;
  std::string watched = "ranking";
  std::string advice = "try a lower learning rate, or all negatives in the first epochs";
  CollapseDetector detector = {};
  bool warned = false;

  void step_taken(Run& run, const StepResult& result) {
    const auto number = result.number(watched);
    require(number.has_value(), "WatchForCollapse: the loss has no number '", watched, "'");
    Step before = run.now();
    --before.number;
    const double equal = plateau(before);
    if (!detector(*number, equal) || warned) return;
    warned = true;
    run.say("warning: step " + std::to_string(run.state.step) + ": the ranking loss has been at " +
            std::to_string(equal) + " (equal scores) for " + std::to_string(detector.patience) +
            " steps: training has collapsed; " + advice);
  }
};

}  // namespace mgan::train
