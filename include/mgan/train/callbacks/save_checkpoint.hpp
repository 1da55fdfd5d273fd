// Saves the whole run, to be resumed. Stands last, so that nothing changes behind what is saved.
#pragma once

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "mgan/train/checkpoint.hpp"
#include "mgan/train/contract.hpp"
#include "mgan/train/run.hpp"

namespace mgan::train {

/// After every epoch, every `every` steps (0: only then) and where a run is stopped, into one file that is replaced as
/// a whole: a run that is killed, or runs out of disk, leaves the last one.
struct SaveCheckpoint {
  static constexpr Stage stage = Stage::save;
  std::filesystem::path path;
  std::int64_t every = 0;
  std::int64_t saved = -1;  // the step at which it was last done

  void begin(Run& run) {
    require(every >= 0, "SaveCheckpoint: every is ", every, ", expected 0 or more steps");
    detail::make_folder_of(path);
    if (run.resumed) {
      saved = run.state.step;
    } else {  // killed before its first checkpoint, this run must not be resumed from an older one
      std::error_code gone;
      std::filesystem::remove(path, gone);
    }
  }
  void step_taken(Run& run, const StepResult&) {
    const bool epoch_ends = run.state.step == (run.state.epoch + 1) * run.steps_an_epoch;
    if (every > 0 && run.state.step % every == 0 && !epoch_ends) save(run);
  }
  void epoch_ended(Run& run) { save(run); }
  void end(Run& run) {
    if (saved != run.state.step) save(run);
  }

 private:
  void save(const Run& run) {
    save_checkpoint(path, run.parts(), run.state);
    saved = run.state.step;
  }
};

}  // namespace mgan::train
