// A line that says how far the run is.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "mgan/train/contract.hpp"
#include "mgan/train/progress.hpp"
#include "mgan/train/run.hpp"

namespace mgan::train {

/// Rewrites itself on a terminal, plain lines now and then elsewhere; validations are lines of their own.
struct ShowProgress {
  std::int64_t pairs = 0;  // a step, for pairs/s; 0: not shown
  bool on = true;
  std::FILE* out = stderr;
  double interval = 10;  // seconds between plain lines
  std::optional<Progress> progress = {};

  void begin(Run& run) {
    if (!on) return;
    progress.emplace(run.steps(), pairs, out, interval);
    run.say = [this](std::string_view line) { progress->say(line); };
  }
  void step_taken(Run& run, const StepResult& result) {
    if (!on) return;
    progress->update(run.state.step, result.loss,
                     "epoch " + std::to_string(run.state.epoch + 1) + "/" + std::to_string(run.recipe.epochs));
  }
  void epoch_ended(Run& run) {
    if (on && run.validation) run.say("epoch " + std::to_string(run.state.epoch) + ": " + run.validation->line);
  }
  void end(Run&) {
    if (on) progress->finish();
  }
};

}  // namespace mgan::train
