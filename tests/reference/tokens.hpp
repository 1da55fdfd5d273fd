// Both sides of a pair as lists of vectors, and the scores of all pairs: what every module of the zoo begins and ends
// with.
#pragma once

#include "layers.hpp"

namespace reference {

/// The real tokens of a sample, and how many positions of its batch stand empty behind them.
struct Tokens {
  std::vector<Vector> rows;
  Index padding = 0;
};

inline Tokens tokens(const Array& batch, Index sample, const Lengths& lengths) {
  const Index real = length_of(lengths, sample, batch.size(1));
  Tokens out{{}, batch.size(1) - real};
  for (Index n = 0; n < real; ++n) out.rows.push_back(batch.row(sample, n));
  return out;
}

/// f(regions, words) of every pair: image (I, R, D), words (T, L, D), lengths or none -> (I, T).
template <class F>
Array every_pair(const Array& image, const Array& words, const Lengths& region_lengths, const Lengths& word_lengths,
                 F&& f) {
  Array scores({image.size(0), words.size(0)});
  for (Index i = 0; i < image.size(0); ++i) {
    for (Index t = 0; t < words.size(0); ++t) {
      scores.at(i, t) = f(tokens(image, i, region_lengths), tokens(words, t, word_lengths));
    }
  }
  return scores;
}

inline double length(const Vector& x) { return std::sqrt(dot(x, x)); }

/// x / (|x| + 1e-8).
inline Vector l2(Vector x) {
  const double size = length(x) + 1e-8;
  for (double& number : x) number /= size;
  return x;
}

/// sum_s w_s c_s.
inline Vector weighted_sum(const Vector& weights, const std::vector<Vector>& rows) {
  Vector out(rows.front().size(), 0.0);
  for (std::size_t s = 0; s < rows.size(); ++s) {
    for (std::size_t d = 0; d < out.size(); ++d) out[d] += weights.at(s) * rows[s][d];
  }
  return out;
}

inline Vector mean_of(const std::vector<Vector>& rows) {
  return weighted_sum(Vector(rows.size(), 1.0 / static_cast<double>(rows.size())), rows);
}

inline std::vector<Vector> units(std::vector<Vector> rows) {
  for (Vector& x : rows) x = unit(x);
  return rows;
}

}  // namespace reference
