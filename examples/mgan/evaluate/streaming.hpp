// A split evaluated without its score matrix: ranks are counted block by block, for every granularity at once.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/ties_hint.hpp"
#include "mgan/fused/pair_scorer.hpp"
#include "mgan/io/json.hpp"
#include "model/scoring.hpp"

namespace program {

using NamedMetrics = std::pair<std::string, mgan::RetrievalMetrics>;

struct StreamedSplit {
  std::vector<NamedMetrics> rows;  // "all granularities", then those of post_hoc.hpp
  std::vector<std::int64_t> owner;
  std::int64_t images = 0;
  TiedFigures tied = {};  // of the first row
};

/// The figures of score_split and metrics_of (or folded_metrics, for fold > 0, of a split that was encoded so), the
/// same blocks being scored. Memory is that of the prepared images and captions.
StreamedSplit stream_split(const Model& model, const EncodedSplit& encoded, std::int64_t fold = 0,
                           mgan::Ties ties = mgan::Ties::pessimistic);

/// One job done by the whole sweep and pruned: seconds of every round, and what pruning left out.
struct PruningContest {
  std::vector<double> sweep, pruned;
  mgan::PairCounts counts;
};
/// Jobs whose answers are the same either way, everything being encoded. The first two contain region and global
/// scores, whose seconds alone are `base`; the last has them ready, and the rotation of the heads.
struct PruningRounds {
  std::vector<double> base;
  PruningContest ranks;              // of every image and caption
  PruningContest best_ten;           // of every image and caption
  PruningContest hardest_negatives;  // of every image and its first caption, in batches of 128 images
};
/// The ranks, and what pruning left out.
struct PrunedSplit {
  StreamedSplit split;  // one row
  mgan::PairCounts counts;
  std::int64_t width = 0, rows = 0;  // D, K
  std::optional<PruningRounds> rounds;
};
/// The figures of all granularities with the patch scores of a few pairs alone; interaction and plain have the bounds.
/// rounds: how often to time it, and the other jobs of PruningRounds, against the whole sweep.
PrunedSplit prune_split(const Model& model, const Samples& samples, std::int64_t limit = 0, std::int64_t rounds = 0);
mgan::io::Json to_json(const PrunedSplit& pruned);

}  // namespace program
