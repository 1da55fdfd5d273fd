// One training run: batches, steps, validation, checkpoints, log.
#pragma once

#include <filesystem>
#include <string>

#include "model/model.hpp"

namespace program {

struct TrainOptions {
  std::filesystem::path output;  // folder of last.safetensors, best.safetensors, log.jsonl, metrics.json
  bool resume = false;           // continue from last.safetensors, if it is there
  bool quiet = false;            // no progress, only warnings
  std::string device = "cpu";    // or "cuda", "cuda:N"; evaluated anywhere, resumed on its own kind of device
};

/// What a finished run came to. Curves have one entry a validation.
struct TrainResult {
  Config config;
  std::int64_t parameters = 0;
  double best_rsum = 0;
  double seconds = 0;  // of this process alone
};

/// Trains as `config` says. The vocabulary is made from the training captions when the configuration has none.
TrainResult train(Config config, const TrainOptions& options);

}  // namespace program
