// What ties decide, where they decide something.
#pragma once

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "mgan/metrics/folds.hpp"
#include "mgan/metrics/tied_queries.hpp"

namespace program {

/// Queries whose R@1, R@5 or R@10 is a matter of the order of equal scores, and what RSum would be in a random order.
struct TiedFigures {
  std::int64_t of_images = 0, of_texts = 0;  // queries
  double lost = 0, expected = 0;             // RSum
};
/// Of the ranks of each fold, those of its images and those of its texts; RSum is the mean over folds.
inline TiedFigures tied_of(const std::vector<std::pair<mgan::Ranks, mgan::Ranks>>& folds) {
  TiedFigures tied;
  std::vector<mgan::RetrievalMetrics> lost, expected;
  for (const auto& [images, texts] : folds) {
    tied.of_images += mgan::tied_queries(images);
    tied.of_texts += mgan::tied_queries(texts);
    lost.push_back({mgan::recall(images), mgan::recall(texts)});
    expected.push_back({mgan::recall(images, mgan::Ties::expected), mgan::recall(texts, mgan::Ties::expected)});
  }
  tied.lost = mgan::mean_of_folds(lost).rsum();
  tied.expected = mgan::mean_of_folds(expected).rsum();
  return tied;
}

/// A warning where ties decide a figure: nothing else in the table says so. `cause`: where they come from; may be
/// empty.
inline void warn_of_ties(const TiedFigures& tied, const std::string& cause) {
  if (tied.of_images + tied.of_texts == 0) return;
  std::fprintf(
      stderr,
      "warning: candidates that tie with a query's own decide a recall of %lld images and %lld texts, and cost "
      "%.1f of RSum: a tie is lost. %s--ties expected counts a tie by its expectation\n",
      static_cast<long long>(tied.of_images), static_cast<long long>(tied.of_texts), tied.expected - tied.lost,
      cause.empty() ? "" : (cause + "; ").c_str());
}

}  // namespace program
