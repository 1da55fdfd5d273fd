// A split scored with a model: S (images, texts) of every granularity, and the metrics of their sums.
#pragma once

#include <string>
#include <vector>

#include "app/metrics_table.hpp"
#include "mgan/retrieval/encoded_split.hpp"
#include "model.hpp"

namespace program {

using StateBlock = mgan::StateBlock<MatcherState>;
using EncodedSplit = mgan::EncodedSplit<MatcherState, MatcherState>;
/// The first `limit` images (0: all) and all their captions, in folds of `fold` images (0: one).
EncodedSplit encode_split(const Model& model, const Samples& samples, std::int64_t limit = 0, std::int64_t fold = 0);

/// Scores of the first `limit` images (0: all) and all their captions, captions in data set order.
/// Scored in tiles; `owner` (texts) is the image of each caption.
struct ScoredSplit {
  Scores scores;  // (I, T) each, single precision on the CPU
  std::vector<std::int64_t> owner;
  std::int64_t images = 0;
};
ScoredSplit score_split(const Model& model, const EncodedSplit& encoded);
ScoredSplit score_split(const Model& model, const Samples& samples, std::int64_t limit = 0);

/// Recalls of one score matrix (I, T).
mgan::RetrievalMetrics metrics_of(const at::Tensor& scores, const std::vector<std::int64_t>& owner);

}  // namespace program
