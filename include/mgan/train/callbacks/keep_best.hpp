// Keeps the weights that validated best.
#pragma once

#include <filesystem>
#include <system_error>

#include "mgan/train/checkpoint.hpp"
#include "mgan/train/contract.hpp"
#include "mgan/train/run.hpp"

namespace mgan::train {

/// Saves the run after a validation that is better than all before it, with the averages of the weights in their place
/// where the recipe asks for an average. For load_weights.
struct KeepBest {
  static constexpr Stage stage = Stage::keep;
  std::filesystem::path path;

  void begin(Run& run) const {
    detail::make_folder_of(path);
    std::error_code gone;
    if (!run.resumed) std::filesystem::remove(path, gone);
  }
  void epoch_ended(Run& run) const {
    if (!run.validation || !(run.validation->score > run.state.best_score)) return;
    run.state.best_score = run.validation->score;
    save_checkpoint(path, run.validated_parts(), run.state);
  }
};

}  // namespace mgan::train
