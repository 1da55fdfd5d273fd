// Stacked cross attention: queries q, sources c.
//
//     A[s, q] = LeakyReLU_0.1(c_s . q), each row over its L2 norm over q (+ 1e-8);  w[., q] = softmax_s(lambda A[., q])
//     a_q = sum_s w c_s;  r_q = q . a_q / max(|q| |a_q|, 1e-8);  S = log(sum_q exp(lambda_lse r_q)) / lambda_lse
//     GLFN: S + bonus times the same pooling of max_s w[s, q]
#pragma once

#include "pooling.hpp"
#include "tokens.hpp"

namespace reference {

struct Scan {
  enum Norm { clipped_l2norm, l2norm, clipped, softmax, no_norm };

  bool words_are_queries = true;
  double lambda_softmax = 9.0, lambda_lse = 6.0;
  Pool aggregate = Pool::log_sum_exp;  // that, mean, max or sum
  Norm norm = clipped_l2norm;
  double bonus = 0.0;
};

/// w (queries, sources) from c_s . q as (sources, queries).
inline std::vector<Vector> scan_weights(std::vector<Vector> a, double lambda, Scan::Norm norm) {
  const std::size_t queries = a.front().size();
  for (Vector& row : a) {
    if (norm == Scan::clipped_l2norm || norm == Scan::clipped) {
      for (double& x : row) x = x > 0.0 ? x : 0.1 * x;
    }
    if (norm == Scan::clipped_l2norm || norm == Scan::l2norm) {
      const double size = length(row) + 1e-8;
      for (double& x : row) x /= size;
    }
    if (norm == Scan::softmax) row = reference::softmax(row);
  }
  std::vector<Vector> weights;
  for (std::size_t q = 0; q < queries; ++q) {
    Vector column;
    for (const Vector& row : a) column.push_back(lambda * row[q]);
    weights.push_back(reference::softmax(column));
  }
  return weights;
}

inline double scan_score(const Scan& p, const std::vector<Vector>& queries, const std::vector<Vector>& sources) {
  std::vector<Vector> a;
  for (const Vector& c : sources) {
    a.emplace_back();
    for (const Vector& q : queries) a.back().push_back(dot(c, q));
  }
  const std::vector<Vector> weights = scan_weights(a, p.lambda_softmax, p.norm);
  Vector r, peaks;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const Vector context = weighted_sum(weights[q], sources);
    r.push_back(dot(queries[q], context) / std::max(length(queries[q]) * length(context), 1e-8));
    peaks.push_back(*std::max_element(weights[q].begin(), weights[q].end()));
  }
  const auto aggregated = [&](const Vector& x) {
    if (p.aggregate == Pool::log_sum_exp) return pooled(Pool::log_sum_exp, x, 1.0 / p.lambda_lse) / p.lambda_lse;
    return pooled(p.aggregate, x, 1.0);
  };
  return p.bonus == 0.0 ? aggregated(r) : aggregated(r) + p.bonus * aggregated(peaks);
}

/// image (I, R, D), words (T, L, D) -> (I, T).
inline Array scan(const Scan& p, const Array& image, const Array& words, const Lengths& word_lengths = {},
                  const Lengths& region_lengths = {}) {
  return every_pair(image, words, region_lengths, word_lengths, [&](const Tokens& regions, const Tokens& text) {
    return p.words_are_queries ? scan_score(p, text.rows, regions.rows) : scan_score(p, regions.rows, text.rows);
  });
}

}  // namespace reference
