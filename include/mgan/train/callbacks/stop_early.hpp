// Ends a run that no longer gets better.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

#include "mgan/train/checkpoint.hpp"
#include "mgan/train/contract.hpp"
#include "mgan/train/run.hpp"

namespace mgan::train {

/// Stops after `patience` validations in a row without a score above the best one so far by more than `by`. What it
/// has seen goes into checkpoints: a resumed run stops where one that was never interrupted does.
struct StopEarly {
  static constexpr Stage stage = Stage::keep;
  std::int64_t patience = 3;
  double by = 0;
  bool on = true;  // false: never stops, and forgets what a checkpoint had seen
  double best = -std::numeric_limits<double>::infinity();
  std::int64_t without = 0;  // validations since the best one

  void begin(Run& run) {
    if (!on) {
      run.state.notes.erase("stop_early");
      return;
    }
    require(patience >= 1, "StopEarly: patience is ", patience, ", expected at least 1");
    read(run.state);
    run.stop = run.stop || without >= patience;
  }
  void epoch_ended(Run& run) {
    if (!on || !run.validation) return;
    const bool better = run.validation->score > best + by;
    without = better ? 0 : without + 1;
    if (better) best = run.validation->score;
    run.state.notes["stop_early"] = detail::digits(without) + " " + detail::digits(best);
    if (without >= patience) {
      run.stop = true;
      run.say("stopped after " + std::to_string(patience) + " validations without a better one");
    }
  }
  /// Whether a run of this patience had stopped where its checkpoint was written.
  static bool has_stopped(const TrainingState& checkpoint, std::int64_t patience) {
    StopEarly seen;
    seen.read(checkpoint);
    return patience > 0 && seen.without >= patience;
  }

 private:
  void read(const TrainingState& state) {
    const auto note = state.notes.find("stop_early");
    if (note == state.notes.end()) return;
    const std::string& text = note->second;
    const char* const last = text.data() + text.size();
    const auto [next, error] = std::from_chars(text.data(), last, without);
    require(error == std::errc() && next != last && std::from_chars(next + 1, last, best).ec == std::errc(),
            "StopEarly: the checkpoint's note is '", text, "'");
  }
};

}  // namespace mgan::train
