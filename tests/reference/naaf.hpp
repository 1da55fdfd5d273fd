// Negative-aware attention: S = mean_l (n_l + p1_l + p2_l) on A[l, r] = cos(t_l, v_r).
#pragma once

#include "scan.hpp"

namespace reference {

struct Naaf {
  double threshold = 0.0, lambda_softmax = 20.0, lambda_intra = 5.0;
  bool plain_gate = false;
};

inline double naaf_score(const Naaf& p, const std::vector<Vector>& regions, const std::vector<Vector>& words) {
  std::vector<Vector> by_region;  // A' (R, L)
  for (const Vector& v : regions) {
    by_region.emplace_back();
    for (const Vector& t : words) by_region.back().push_back(dot(v, t));
  }
  const std::vector<Vector> weights = scan_weights(by_region, p.lambda_softmax, Scan::clipped_l2norm);

  Vector m;  // max_r A[l, r] - theta
  for (std::size_t l = 0; l < words.size(); ++l) {
    double best = by_region.front()[l];
    for (const Vector& row : by_region) best = std::max(best, row[l]);
    m.push_back(best - p.threshold);
  }
  double sum = 0.0;
  for (std::size_t l = 0; l < words.size(); ++l) {
    double gate = m[l];
    if (!p.plain_gate) {
      Vector alike;
      for (const Vector& t : words) alike.push_back(p.lambda_intra * dot(words[l], t));
      gate = dot(softmax(alike), m);
    }
    if (gate < 0.0) sum += m[l];

    Vector above;
    double total = 1e-8;
    for (const Vector& row : by_region) {
      above.push_back(row[l] > p.threshold ? std::exp(p.lambda_softmax * (row[l] - p.threshold)) : 0.0);
      total += above.back();
    }
    for (double& w : above) w /= total;
    const Vector context = weighted_sum(above, regions);
    sum += dot(words[l], context) / std::max(length(context), 1e-8);

    for (std::size_t r = 0; r < regions.size(); ++r) sum += weights[l][r] * by_region[r][l];
  }
  return sum / static_cast<double>(words.size());
}

/// image (I, R, D), words (T, L, D) -> (I, T).
inline Array naaf(const Naaf& p, const Array& image, const Array& words, const Lengths& word_lengths = {},
                  const Lengths& region_lengths = {}) {
  return every_pair(image, words, region_lengths, word_lengths, [&](const Tokens& regions, const Tokens& text) {
    return naaf_score(p, units(regions.rows), units(text.rows));
  });
}

}  // namespace reference
