// A trained model whose scores another one is to come close to.
#pragma once

#include <optional>
#include <string>

#include "model/load.hpp"

namespace program {

struct Teacher {
  LoadedModel loaded;

  /// Errors: no checkpoint, other bits than the configuration names, a model that takes other inputs than `student`'s.
  static Teacher load(const Config& student, const std::string& device);

  /// Scores (I, T) of a batch, without a gradient.
  at::Tensor operator()(const ImageBatch& images, const CaptionBatch& captions) const;
};

/// The SHA-256 of the checkpoint, or nothing where no teacher is named.
std::string teacher_sha256(const LossConfig& config);

}  // namespace program
