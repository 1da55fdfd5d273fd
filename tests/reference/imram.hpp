// Queries that change by what they found.
//
//     f = attend(q_(k-1), s, lambda);  s_k = mean_q cos(q_0, f);  S = sum_k s_k
//     g = sigmoid(gate([q, f]));  q_k = g q + (1 - g) tanh(update([q, f])), and l2(q_k) where normalize says so
#pragma once

#include "scan.hpp"

namespace reference {

/// The weights of one way: update and gate are (D, 2 D).
struct Imram {
  Linear update, gate;
  Index steps = 3;
  bool normalize = false;
  double lambda = 9.0;
};

inline double imram_score(const Imram& p, const std::vector<Vector>& first, const std::vector<Vector>& sources) {
  std::vector<Vector> queries = first;
  double total = 0.0;
  for (Index k = 0; k < p.steps; ++k) {
    std::vector<Vector> a;
    for (const Vector& c : sources) {
      a.emplace_back();
      for (const Vector& q : queries) a.back().push_back(dot(c, q));
    }
    const std::vector<Vector> weights = scan_weights(a, p.lambda, Scan::clipped_l2norm);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const Vector f = weighted_sum(weights[q], sources);
      const double cosine = dot(first[q], f) / std::max(length(first[q]) * length(f), 1e-8);
      total += cosine / static_cast<double>(queries.size());

      Vector both = queries[q];
      both.insert(both.end(), f.begin(), f.end());
      const Vector gate = linear(p.gate, both), update = linear(p.update, both);
      for (std::size_t d = 0; d < f.size(); ++d) {
        const double g = sigmoid(gate[d]);
        queries[q][d] = g * queries[q][d] + (1.0 - g) * std::tanh(update[d]);
      }
      if (p.normalize) queries[q] = l2(queries[q]);
    }
  }
  return total;
}

/// image (I, R, D), words (T, L, D), the ways that are there -> (I, T).
inline Array imram(const Imram* words_ask, const Imram* regions_ask, const Array& image, const Array& words,
                   const Lengths& word_lengths = {}, const Lengths& region_lengths = {}) {
  return every_pair(image, words, region_lengths, word_lengths, [&](const Tokens& regions, const Tokens& text) {
    return (words_ask ? imram_score(*words_ask, text.rows, regions.rows) : 0.0) +
           (regions_ask ? imram_score(*regions_ask, regions.rows, text.rows) : 0.0);
  });
}

}  // namespace reference
