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
  SlotResult slot{};                              // of the first seed

  /// 95 % for the difference on all images of the kind, by the normal approximation.
  std::pair<double, double> interval() const {
    return {difference - 1.96 * difference_error, difference + 1.96 * difference_error};
  }
};

struct StudyResult {
  Study study;
  std::int64_t words = 0, images = 0, captions = 0;  // of the vocabulary; of the split that is scored
  double chance = 0;                                 // expected RSum of random scores
  Machine machine{};
  double seconds = 0;  // of this sitting
  std::vector<VariantResult> variants{};
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
  /// One sentence: which model is best, and whether that is more than noise.
  std::string verdict() const;
  mgan::io::Json json() const;
};

/// The table as text: recalls and ranks, or beside the paper's.
std::string table(const StudyResult& result);

}  // namespace program
