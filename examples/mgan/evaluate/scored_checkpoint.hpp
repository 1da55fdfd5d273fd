// One checkpoint scored on a split, in the way that the flags and the number of pairs ask for.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/modes.hpp"
#include "judge.hpp"
#include "mgan/metrics/retrieval.hpp"
#include "score_files.hpp"
#include "streaming.hpp"

namespace program {

struct EvaluateFlags {
  std::vector<std::string> checkpoints;
  EvaluatedSplit split = EvaluatedSplit::val;
  std::string output;
  // Empty: as the checkpoint was trained.
  std::optional<DataChoice> data;
  std::string cache, images;
  std::optional<BoxChoice> boxes;
  std::optional<mgan::data::BrokenPictures> broken_pictures;
  std::int64_t folds = 0, limit = 0, top = 32;
  ScoreFiles files;  // in the place of checkpoints; `ids` of these too: which photograph an id is
  mgan::Ties ties = mgan::Ties::pessimistic;
  std::string write_scores;
  std::optional<Scorer> scorer;  // none: as the checkpoint was trained
  std::string device = "cpu";
  bool published = false, streaming = false, prune = false;
  std::int64_t prune_rounds = 0;
  JudgeFlags judge;
};

/// What must be equal for score matrices to be averaged.
struct Content {
  std::string name;  // of the data set
  std::vector<std::string> images, captions;
  std::optional<SplitNames> names = {};  // in files of others; where they are asked for
};

/// A checkpoint scored on the split: score matrices, or the figures where no matrix is kept.
struct Member {
  std::string checkpoint;
  ModelConfig config;
  ScoredSplit split;
  at::Tensor scores;                        // (I, T), all granularities
  std::vector<NamedMetrics> streamed;       // in place of scores, all granularities first
  mgan::io::Json pruning;                   // what was left out, and the time it took; null otherwise
  TiedFigures tied = {};                    // of streamed figures
  std::optional<JudgedScores> judged = {};  // of one checkpoint, where more than recalls is asked for
};

/// Prints what was scored and how long it took. `content` is that of the first checkpoint, which sets it; another one
/// is refused.
Member score_checkpoint(const EvaluateFlags& flags, const std::string& checkpoint, Content& content);

}  // namespace program
