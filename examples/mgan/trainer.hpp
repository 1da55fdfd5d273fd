// One training run: batches, steps, validation, checkpoints, log.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "model.hpp"
#include "scoring.hpp"

namespace mgan::encoders {
struct EncoderPair;
}

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

/// A model with the weights and the configuration of a checkpoint.
struct LoadedModel {
  Config config;
  Model model;
  std::int64_t epoch = 0;

  /// The published encoders in front of it, loaded when they are first asked for.
  const mgan::encoders::EncoderPair& encoders() const;
  mutable std::shared_ptr<const mgan::encoders::EncoderPair> loaded_encoders = {};
};
/// Pictures and captions as this model takes them, through its published encoders if it has some.
Samples samples_of(const LoadedModel& loaded, mgan::data::Dataset dataset, const DataConfig& data);
/// `scorer` replaces the stored one; empty: as it was trained.
LoadedModel load_model(const std::filesystem::path& checkpoint, const std::string& scorer = "",
                       const std::string& device = "cpu");

/// The samples of a split for a configuration that has its vocabulary; data set warnings are printed once.
Samples make_samples(const Config& config, mgan::data::Split split);

}  // namespace program
