// Eq. (13) and (14).
#pragma once

#include "mgan/loss/diversity_regularization.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "tests/reference/diversity_regularization.hpp"
#include "tests/reference/triplet_ranking_loss.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

struct TripletRankingLossCase {
  std::string title;
  mgan::Negatives negatives;
  double margin;
  std::vector<Index> image_ids;
  Array scores;

  static TripletRankingLossCase random(const std::string& title, std::uint64_t seed, Index batch,
                                       mgan::Negatives negatives, std::vector<Index> image_ids = {},
                                       double margin = 0.2) {
    return {title, negatives, margin, std::move(image_ids), Random(seed).normal({batch, batch}, 0.3)};
  }
  static std::vector<TripletRankingLossCase> all() {
    using N = mgan::Negatives;
    return {random("hardest", 121, 5, N::hardest),
            random("all", 122, 5, N::all),
            random("hardest, ids", 123, 6, N::hardest, {4, 1, 4, 2, 1, 4}),
            random("all, ids", 124, 6, N::all, {4, 1, 4, 2, 1, 4}),
            random("rows without negatives", 125, 3, N::hardest, {7, 7, 7}),
            random("one pair", 126, 1, N::hardest),
            random("no margin", 127, 4, N::hardest, {}, 0.0)};
  }

  double temperature() const { return 1; }
  Leaves weights() { return {}; }
  Leaves inputs() {
    Leaves out;
    out.add("scores", scores);
    return out;
  }

  Outputs expected() const {
    const auto n = negatives == mgan::Negatives::all ? reference::Negatives::all : reference::Negatives::hardest;
    return {{"loss", Array({}, {reference::triplet_ranking_loss(scores, margin, n, image_ids)})}};
  }

  template <class Side>
  void run(Side& s) {
    s.output("loss", mgan::TripletRankingLoss{margin, negatives}(s.whole("scores", scores), image_ids));
  }
};

struct DiversityRegularizationCase {
  std::string title;
  Array logits;
  Lengths region_lengths;

  static DiversityRegularizationCase random(const std::string& title, std::uint64_t seed, Index images, Index regions,
                                            Index n_views, bool ragged) {
    Random random(seed);
    return {title, random.normal({images, regions, n_views}), ragged ? random.lengths(images, regions) : Lengths{}};
  }
  static std::vector<DiversityRegularizationCase> all() {
    return {random("plain", 131, 2, 5, 3, false), random("ragged", 132, 4, 5, 3, true),
            random("one region", 133, 2, 1, 2, false), random("one view", 134, 2, 4, 1, false)};
  }

  double temperature() const { return 1; }
  const Lengths& lengths() const { return region_lengths; }
  Leaves weights() { return {}; }
  Leaves inputs() {
    Leaves out;
    out.add("logits", logits);
    return out;
  }

  Outputs expected() const {
    return {{"loss", Array({}, {reference::diversity_regularization(logits, region_lengths)})}};
  }

  template <class Side>
  void run(Side& s) {
    const mgan::DiversityRegularization f;
    s.with_samples("logits", logits, region_lengths, [&](const auto& x) { s.output_sum("loss", s.each(f, x)); });
  }
};

}  // namespace support
