// Scores of PlainAggregation and MaxSim from products, and their gradient: every word's
// best row, every row's best word.
//
//     S = a sum_l max_k C[k, l] + b sum_k max_l C[k, l]
#pragma once

#include "mgan/kernels/cuda/pairs.hpp"

namespace mgan::kernels::cuda {

struct Maxima {
  float factor_words, factor_rows;
  bool mean;  // a and b are the factors divided by the numbers of words and rows

  MGAN_HOST_DEVICE float a(int words) const { return mean ? factor_words / static_cast<float>(words) : factor_words; }
  MGAN_HOST_DEVICE float b(int rows) const { return mean ? factor_rows / static_cast<float>(rows) : factor_rows; }
};

/// The first row that is best for word l.
MGAN_HOST_DEVICE inline int best_row(const float* products, const Pair& pair, int rows, int l) {
  int best = 0;
  for (int k = 1; k < rows; ++k)
    if (products[pair.at(l, k)] > products[pair.at(l, best)]) best = k;
  return best;
}
/// The first word that is best for row k.
MGAN_HOST_DEVICE inline int best_word(const float* products, const Pair& pair, int k) {
  int best = 0;
  for (int l = 1; l < pair.words; ++l)
    if (products[pair.at(l, k)] > products[pair.at(best, k)]) best = l;
  return best;
}

/// S of every pair.
template <class Pairs>
struct ScoreMaxima {
  static constexpr const char* name = "score_maxima";
  static constexpr bool has_workspace = false;
  Pairs pairs;
  Maxima maxima;
  const float* products;
  float* scores;

  template <class Team>
  MGAN_HOST_DEVICE void operator()(const Team& team, std::int64_t block, std::int64_t grid, float*) const {
    for (; block < pairs.blocks(); block += grid)
      team.each([&](int lane) {
        const Pair pair = pairs.pair(block, lane);
        float over_words = 0, over_rows = 0;
        if (maxima.factor_words != 0)
          for (int l = 0; l < pair.words; ++l)
            over_words += products[pair.at(l, best_row(products, pair, pairs.rows, l))];
        if (maxima.factor_rows != 0)
          for (int k = 0; k < pairs.rows; ++k) over_rows += products[pair.at(best_word(products, pair, k), k)];
        if (pair.live) scores[pair.score] = maxima.a(pair.words) * over_words + maxima.b(pairs.rows) * over_rows;
      });
  }
};

/// dC of every pair from dS: all of a maximum's gradient goes to its first entry.
template <class Pairs>
struct MaximaGradient {
  static constexpr const char* name = "maxima_gradient";
  static constexpr bool has_workspace = false;
  Pairs pairs;
  Maxima maxima;
  const float* products;
  const float* upstream;  // dS, where the scores are
  float* d_products;      // the layout of the products; only what a pair has is written

  template <class Team>
  MGAN_HOST_DEVICE void operator()(const Team& team, std::int64_t block, std::int64_t grid, float*) const {
    for (; block < pairs.blocks(); block += grid)
      team.each([&](int lane) {
        const Pair pair = pairs.pair(block, lane);
        if (!pair.live) return;
        const float g = upstream[pair.score];
        for (int l = 0; l < pair.words; ++l)
          for (int k = 0; k < pairs.rows; ++k) d_products[pair.at(l, k)] = 0;
        if (maxima.factor_words != 0)
          for (int l = 0; l < pair.words; ++l)
            d_products[pair.at(l, best_row(products, pair, pairs.rows, l))] += maxima.a(pair.words) * g;
        if (maxima.factor_rows != 0)
          for (int k = 0; k < pairs.rows; ++k)
            d_products[pair.at(best_word(products, pair, k), k)] += maxima.b(pairs.rows) * g;
      });
  }
};

}  // namespace mgan::kernels::cuda
