// Every word its best region, or every region its best word; what they found is pooled.
#pragma once

#include <optional>

#include "pooling.hpp"
#include "tokens.hpp"

namespace reference {

struct MaxSim {
  enum Direction { text_to_image, image_to_text, mean_of_both, sum_of_both };
  enum Similarity { cosine, cosine_plus_epsilon, raw };

  Direction direction = mean_of_both;
  Pool pool = Pool::mean;
  Similarity similarity = cosine;
  double beta = 0.1;
  std::optional<double> negative_slope = {};  // a LeakyReLU on every similarity
  std::optional<double> filling = {};         // what padding says in the maximum; none: nothing
};

inline double similarity_of(const MaxSim& p, const Vector& v, const Vector& t) {
  double c = dot(v, t);
  if (p.similarity == MaxSim::cosine) c = cosine(v, t);
  if (p.similarity == MaxSim::cosine_plus_epsilon) c = dot(v, t) / (length(v) + 1e-8) / (length(t) + 1e-8);
  return p.negative_slope && c < 0.0 ? *p.negative_slope * c : c;
}

/// The pool over `from` of the max over `to`.
inline double one_direction(const MaxSim& p, const Tokens& from, const Tokens& to) {
  Vector survivors;
  for (const Vector& x : from.rows) {
    double best = similarity_of(p, x, to.rows.front());
    for (const Vector& y : to.rows) best = std::max(best, similarity_of(p, x, y));
    if (p.filling && to.padding > 0) best = std::max(best, *p.filling);
    survivors.push_back(best);
  }
  return pooled(p.pool, survivors, p.beta);
}

/// image (I, R, D), words (T, L, D) -> (I, T).
inline Array max_sim(const MaxSim& p, const Array& image, const Array& words, const Lengths& word_lengths = {},
                     const Lengths& region_lengths = {}) {
  return every_pair(image, words, region_lengths, word_lengths, [&](const Tokens& regions, const Tokens& words_of_t) {
    const double over_words = one_direction(p, words_of_t, regions),
                 over_regions = one_direction(p, regions, words_of_t);
    switch (p.direction) {
      case MaxSim::text_to_image:
        return over_words;
      case MaxSim::image_to_text:
        return over_regions;
      case MaxSim::mean_of_both:
        return (over_words + over_regions) / 2.0;
      default:
        return over_words + over_regions;
    }
  });
}

}  // namespace reference
