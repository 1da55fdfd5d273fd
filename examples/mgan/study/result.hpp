// Everything that a study measured: what its table, metrics.json and report.html are made of.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/slot_cost.hpp"
#include "gallery.hpp"
#include "machine.hpp"
#include "mgan/metrics/retrieval.hpp"
#include "runs.hpp"
#include "study.hpp"

namespace program {

/// One model trained with one seed.
struct RunResult {
  std::uint64_t seed = 1;
  std::filesystem::path folder;  // below the study's
  std::int64_t parameters = 0, training_images = 0;
  double seconds = 0;    // of training
  bool resumed = false;  // then `seconds` counts the last sitting alone
  Curves curves{};
  mgan::RetrievalMetrics metrics{};     // of the best checkpoint
  std::vector<double> contributions{};  // of every image to its RSum (I): significance.hpp
};

/// What a comparison of modules also measures, of the slot that differs.
struct SlotResult {
  mgan::RetrievalMetrics alone{};  // that granularity's own scores
  SlotCost cost{};
};

/// One model, with all its seeds. Errors are standard errors over images, the trained weights being given; differences
/// are paired: image by image, the mean over the seeds.
struct VariantResult {
  Variant variant;
  std::vector<RunResult> runs{};                  // one a seed
  mgan::RetrievalMetrics mean{};                  // over seeds
  double error = 0;                               // of the mean RSum
  double deviation = 0;                           // of RSum over seeds; 0 for one
  double difference = 0, difference_error = 0;    // of RSum from the first variant's
  double difference_deviation = 0;                // over seeds; 0 for one
  double gap_to_best = 0, gap_to_best_error = 0;  // of RSum to the best variant's
  std::pair<double, double> interval{};           // 95 % of the difference, by paired bootstrap over queries
  SlotResult slot{};                              // of the first seed
};

/// RSum of one run less that of another, and 95 % of it by paired bootstrap over queries.
struct PairOfRuns {
  std::string first, second;  // "full model, seed 2"
  double difference = 0, low = 0, high = 0;
};

struct StudyResult {
  Study study;
  std::int64_t words = 0, images = 0, captions = 0;  // of the vocabulary; of the split that is scored
  double chance = 0;                                 // expected RSum of random scores
  Machine machine{};
  double seconds = 0;  // of this sitting
  std::vector<VariantResult> variants{};
  std::vector<PairOfRuns> pairs{};                                         // any two runs
  std::vector<std::pair<std::string, mgan::RetrievalMetrics>> post_hoc{};  // of the first run
  Gallery gallery{};                                                       // of the first run; empty without pictures
  std::vector<std::string> unlike_paper{};  // why the figures are not comparable with the paper's; empty: they are

  bool scenes() const { return variants[0].variant.config.data.data.scenes(); }
  /// "scenes" or "images"
  const char* noun() const { return scenes() ? "scenes" : "images"; }

  /// Fills in what follows from the runs.
  void summarize();
  const VariantResult& best() const;
  /// Two standard errors of a difference between two of these models, rounded up: what is below may be chance.
  double noise() const;
  /// "full model, seed 2"; without the seed where there is one; without the model where there is one.
  std::string name_of(const VariantResult& variant, const RunResult& run) const;
  /// One sentence: which model is best, and whether that is more than noise.
  std::string verdict() const;
  mgan::io::Json json() const;

 private:
  /// Intervals, of any two runs and of every model from the first.
  void resample();
};

/// The table as text: recalls and ranks, or beside the paper's.
std::string table(const StudyResult& result);

}  // namespace program
