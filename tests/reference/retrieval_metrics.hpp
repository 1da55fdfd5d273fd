// Recall@K, median and mean: rank = candidates that are not the query's own and score >= its best own one. Ties count
// against the query.
#pragma once

#include <algorithm>
#include <cmath>

#include "array.hpp"

namespace reference {

struct RetrievalMetrics {
  Vector image_to_text, text_to_image;  // R@1 R@5 R@10, in percent, median, mean, sum of the three recalls
  double rsum = 0.0;
};

inline Vector summary(std::vector<Index> ranks) {
  const double n = static_cast<double>(ranks.size());
  Vector out;
  for (const Index k : {1, 5, 10}) {
    double hits = 0.0;
    for (const Index rank : ranks) hits += rank < k ? 1.0 : 0.0;
    out.push_back(100.0 * hits / n);
  }
  double mean = 0.0;
  for (const Index rank : ranks) mean += static_cast<double>(rank) / n;
  std::sort(ranks.begin(), ranks.end());
  const std::size_t half = ranks.size() / 2;
  const double median = ranks.size() % 2 == 1 ? static_cast<double>(ranks[half])
                                              : static_cast<double>(ranks[half - 1] + ranks[half]) / 2.0;
  out.push_back(std::floor(median) + 1.0);
  out.push_back(mean + 1.0);
  out.push_back(out[0] + out[1] + out[2]);
  return out;
}

/// scores (I, T); caption j belongs to image owner[j]; every image owns a caption.
inline RetrievalMetrics retrieval_metrics(const Array& scores, const std::vector<Index>& owner) {
  const Index images = scores.size(0), texts = scores.size(1);
  const auto owns = [&](Index i, Index t) { return owner.at(static_cast<std::size_t>(t)) == i; };

  std::vector<Index> image_ranks;
  for (Index i = 0; i < images; ++i) {
    Index best = -1, rank = 0;
    for (Index t = 0; t < texts; ++t) {
      if (owns(i, t) && (best < 0 || scores.at(i, t) > scores.at(i, best))) best = t;
    }
    for (Index t = 0; t < texts; ++t) {
      if (!owns(i, t) && scores.at(i, t) >= scores.at(i, best)) ++rank;
    }
    image_ranks.push_back(rank);
  }

  std::vector<Index> text_ranks;
  for (Index t = 0; t < texts; ++t) {
    const Index image = owner.at(static_cast<std::size_t>(t));
    Index rank = 0;
    for (Index i = 0; i < images; ++i) {
      if (i != image && scores.at(i, t) >= scores.at(image, t)) ++rank;
    }
    text_ranks.push_back(rank);
  }

  RetrievalMetrics out{summary(image_ranks), summary(text_ranks), 0.0};
  out.rsum = out.image_to_text[5] + out.text_to_image[5];
  return out;
}

}  // namespace reference
