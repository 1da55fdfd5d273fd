// A model out of a checkpoint, and data as that model takes them. Knows nothing of training.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "model.hpp"

namespace mgan::encoders {
struct EncoderPair;
}

namespace program {

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
/// `scorer` replaces the stored one; none: as it was trained. Errors, of its configuration too, name the file.
LoadedModel load_model(const std::filesystem::path& checkpoint, std::optional<Scorer> scorer = {},
                       const std::string& device = "cpu");

/// The samples of a split for a configuration that has its vocabulary; data set warnings are printed once.
Samples make_samples(const Config& config, mgan::data::Split split);

}  // namespace program
