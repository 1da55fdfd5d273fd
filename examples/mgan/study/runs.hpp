// What the folder of a training run tells.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "app/config.hpp"

namespace program {

/// Whether the folder holds the finished run. A run of another configuration is an error that says what differs and how
/// to go on: `anew`, "--restart trains all anew".
bool is_finished(const std::filesystem::path& folder, const Config& config, const std::string& anew);
/// Removes the files of a run, and nothing else.
void remove_run(const std::filesystem::path& folder);

/// What log.jsonl tells.
struct Curves {
  std::vector<double> ranking;      // loss of every step, summed over the batch
  std::int64_t steps_an_epoch = 0;  // of the first epoch
  struct Validation {
    std::int64_t epoch;  // epochs done, from 1
    double rsum;
  };
  std::vector<Validation> validation;

  /// The epoch of the best checkpoint: the first with the largest RSum. Epoch 0 where there is none.
  Validation best() const;
};
Curves read_curves(const std::filesystem::path& log);

}  // namespace program
