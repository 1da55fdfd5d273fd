// How far a measured RSum can be trusted, and what guessing would reach.
//
// RSum is a mean over images: image i gives 100 times the hits of its own query, and those of its captions' queries
// weighted by I / T. So its standard error is that of a mean over independent scenes, captions of one scene taken
// together; for two models on the same scenes the contributions are subtracted first (paired).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "mgan/metrics/ranks.hpp"

namespace program {

/// Contribution of each image to RSum (I); their mean is the RSum of metrics_of.
template <mgan::ScoreRange X>
std::vector<double> rsum_contributions(const X& scores, std::int64_t images, const std::vector<std::int64_t>& owner) {
  const auto hits = [](const mgan::Rank& rank) {
    const std::int64_t r = rank.pessimistic();
    return static_cast<double>((r < 1) + (r < 5) + (r < 10));
  };
  const auto texts = static_cast<std::int64_t>(owner.size());
  const mgan::Ranks of_images = mgan::image_to_text_ranks(scores, images, texts, owner);
  const mgan::Ranks of_texts = mgan::text_to_image_ranks(scores, images, texts, owner);
  std::vector<double> contribution;
  for (const mgan::Rank& rank : of_images) contribution.push_back(100 * hits(rank));
  const double weight = 100 * static_cast<double>(images) / static_cast<double>(texts);
  for (std::size_t t = 0; t < owner.size(); ++t)
    contribution[static_cast<std::size_t>(owner[t])] += weight * hits(of_texts[t]);
  return contribution;
}

/// Standard error of the mean of x - y; y empty: of the mean of x.
inline double standard_error(const std::vector<double>& x, const std::vector<double>& y = {}) {
  const auto n = static_cast<double>(x.size());
  if (n < 2) return 0;
  double sum = 0, squares = 0;
  const auto value = [&](std::size_t i) { return y.empty() ? x[i] : x[i] - y[i]; };
  for (std::size_t i = 0; i < x.size(); ++i) sum += value(i);
  for (std::size_t i = 0; i < x.size(); ++i) squares += std::pow(value(i) - sum / n, 2);
  return std::sqrt(squares / (n - 1) / n);
}

/// How often queries are drawn anew for an interval.
inline constexpr std::int64_t bootstrap_samples = 2000;

/// Paired bootstrap: the means over images, drawn with replacement, of every run's contributions (runs, I) -> (runs,
/// samples). All runs have the same draws, so that differences of two rows are paired; an image is drawn with its
/// captions, so the queries of both directions are. The same input gives the same numbers.
inline std::vector<std::vector<double>> bootstrap_means(const std::vector<std::vector<double>>& contributions) {
  std::vector<std::vector<double>> means(contributions.size());
  const std::size_t images = contributions.empty() ? 0 : contributions[0].size();
  std::mt19937_64 bits(20250417);
  std::vector<std::size_t> drawn(images);
  for (std::int64_t s = 0; s < bootstrap_samples && images > 0; ++s) {
    for (std::size_t& image : drawn) image = bits() % images;
    for (std::size_t run = 0; run < means.size(); ++run) {
      double sum = 0;
      for (const std::size_t image : drawn) sum += contributions[run][image];
      means[run].push_back(sum / static_cast<double>(images));
    }
  }
  return means;
}

/// The middle 95 % of x - y.
inline std::pair<double, double> middle(std::vector<double> x, const std::vector<double>& y) {
  if (x.empty()) return {0, 0};
  for (std::size_t i = 0; i < x.size(); ++i) x[i] -= y[i];
  std::sort(x.begin(), x.end());
  const auto at = [&](double share) {
    return x[static_cast<std::size_t>(share * static_cast<double>(x.size() - 1) + 0.5)];
  };
  return {at(0.025), at(0.975)};
}

/// Expected RSum of random scores. A caption finds its image among the first K of I with probability K / I; an image
/// with c of T captions misses them all with probability prod_{i<K} (T - c - i) / (T - i).
inline double chance_rsum(std::int64_t images, const std::vector<std::int64_t>& owner) {
  const auto I = static_cast<double>(images), T = static_cast<double>(owner.size());
  std::vector<double> captions(static_cast<std::size_t>(images), 0);
  for (const std::int64_t i : owner) ++captions[static_cast<std::size_t>(i)];
  double rsum = 0;
  for (const int k : {1, 5, 10}) {
    rsum += 100 * std::min(1.0, k / I);
    for (const double c : captions) {
      double miss = 1;
      for (int i = 0; i < k && miss > 0; ++i) miss *= std::max(0.0, (T - c - i) / (T - i));
      rsum += 100 * (1 - miss) / I;
    }
  }
  return rsum;
}

}  // namespace program
