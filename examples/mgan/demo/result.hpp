// Everything that the demo measured: what its table, metrics.json and report.html are made of.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/slot_cost.hpp"
#include "gallery.hpp"
#include "mgan/metrics/retrieval.hpp"
#include "runs.hpp"

namespace program {

struct Machine {
  std::string cpu;
  int threads = 0;    // of LibTorch
  double gflops = 0;  // of a 1024 x 1024 x 1024 product in single precision
};

/// What a comparison of modules also measures, of the slot that differs.
struct SlotResult {
  mgan::RetrievalMetrics alone{};  // that granularity's own scores
  SlotCost cost{};
};

struct RunResult {
  DemoRun run;
  std::int64_t parameters = 0;
  double seconds = 0;    // of training
  bool resumed = false;  // then `seconds` counts the last sitting alone
  Curves curves{};
  mgan::RetrievalMetrics test{};                  // of the best checkpoint
  double error = 0;                               // standard error of the test RSum
  double difference = 0, difference_error = 0;    // of the test RSum from the full model's, paired
  double gap_to_best = 0, gap_to_best_error = 0;  // of the test RSum to the best model's, paired
  SlotResult slot{};
};

/// What the runs are: the paper's ablations, or modules in one slot.
struct Subject {
  std::string title = "MGAN and its ablations on SCENES";
  std::string lead = "The full model and the four ablations of the paper";
  std::string command = "mgan demo";
  std::optional<ComparedSlot> slot;  // of a comparison; none: the ablations
};

struct DemoResult {
  Subject subject;
  bool quick = false;
  std::uint64_t seed = 0;
  std::int64_t words = 0, images = 0, captions = 0;  // of the vocabulary; of the test split
  double chance = 0;                                 // expected RSum of random scores
  Machine machine;
  double seconds = 0;  // of this sitting
  std::vector<RunResult> runs;
  std::vector<std::pair<std::string, mgan::RetrievalMetrics>> post_hoc;  // of the full model
  Gallery gallery;

  const RunResult& best() const;
  /// Two standard errors of a difference between two of these models, rounded up: what is below may be chance.
  double noise() const;
  /// One sentence: which model is best, and whether that is more than noise.
  std::string verdict() const;
  /// The table, as text.
  std::string table() const;
  mgan::io::Json json() const;
};

}  // namespace program
