// A split evaluated without its score matrix: ranks are counted block by block, for every granularity at once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scoring.hpp"

namespace program {

using NamedMetrics = std::pair<std::string, mgan::RetrievalMetrics>;

struct StreamedSplit {
  std::vector<NamedMetrics> rows;  // "all granularities", then those of post_hoc.hpp
  std::vector<std::int64_t> owner;
  std::int64_t images = 0;
};

/// The figures of score_split and metrics_of (or folded_metrics, for fold > 0), the same blocks being scored. Memory is
/// that of the prepared images and captions.
StreamedSplit stream_split(const Model& model, const Samples& samples, std::int64_t limit = 0, std::int64_t fold = 0);

/// What pruning left out: shares of all pairs that were scored, and of all their products' operations, bounds counted.
struct PrunedSplit {
  StreamedSplit split;  // one row
  double scored = 0, flops = 0;
};
/// The figures of all granularities with the patch scores of a few pairs alone; interaction and plain have the bounds.
PrunedSplit prune_split(const Model& model, const Samples& samples, std::int64_t limit = 0);

}  // namespace program
