// One training run of the program: its data and its model, given to mgan::train::fit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "app/config.hpp"

namespace program {

struct TrainOptions {
  std::filesystem::path output;  // folder of last.safetensors, best.safetensors, log.jsonl, metrics.json
  bool resume = false;           // continue from last.safetensors, if it is there
  bool quiet = false;            // no progress, only warnings
  int loaders = 1;               // threads that make batches ahead; any number gives the same bits
  std::string device = "cpu";    // or "cuda", "cuda:N"; evaluated anywhere, resumed on its own kind of device
  /// Called before the first step with the steps of the whole run.
  std::function<void(std::int64_t steps)> begun = {};
  /// Called after every step with steps done, epochs done and the loss.
  std::function<void(std::int64_t step, std::int64_t epoch, double loss)> step_taken = {};
  /// Prints a line (a warning) where the run has no line of progress of its own; empty: on the error output.
  std::function<void(std::string_view line)> say = {};
};

/// What a finished run came to.
struct TrainResult {
  Config config;
  std::int64_t parameters = 0, images = 0;  // that are trained; to train on
  double best_rsum = 0;
  double seconds = 0;  // of this process alone
};

/// The configuration with what a run takes from its encoders and its training data: sizes, and the vocabulary.
Config completed(Config config);
/// Trains as `config` says. The vocabulary is made from the training captions when the configuration has none.
TrainResult train(Config config, const TrainOptions& options);

}  // namespace program
