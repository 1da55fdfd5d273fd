// ADAPT: the mean c of one side's tokens scales and shifts the normed tokens of the other, channel by channel.
//
//     A = BN(value) (1 + gamma(c)) + beta(c) + text_graph(q_t) + image_graph(q_v)
//     F_d = softmax over tokens (sharpness A_d) A_d,   g = mean F (text to image) or max F,   S = l2(c) . l2(g)
#pragma once

#include "batch_norm.hpp"
#include "tokens.hpp"

namespace reference {

struct Adapt {
  bool words_ask = true;
  double sharpness = 10.0;
  BatchNorm norm;
  Linear gamma, beta;
  Linear image_graph = {}, text_graph = {};  // absent: no graphs
  bool batch = false;                        // statistics of the case
};

inline double adapt_score(const Adapt& p, const std::vector<Vector>& queries, const std::vector<Vector>& given,
                          const Vector& graph_terms) {
  const Vector c = weighted_sum(Vector(queries.size(), 1.0 / static_cast<double>(queries.size())), queries);
  const Vector factor = linear(p.gamma, c), offset = linear(p.beta, c);
  Vector g;
  for (std::size_t d = 0; d < c.size(); ++d) {
    Vector a, sharp;
    for (const Vector& x : given) {
      a.push_back(batch_norm(p.norm, static_cast<Index>(d), x[d]) * (1.0 + factor[d]) + offset[d] + graph_terms[d]);
      sharp.push_back(p.sharpness * a.back());
    }
    const Vector w = softmax(sharp);
    double mean = 0.0, largest = -1e300;
    for (std::size_t n = 0; n < a.size(); ++n) {
      mean += w[n] * a[n] / static_cast<double>(a.size());
      largest = std::max(largest, w[n] * a[n]);
    }
    g.push_back(p.words_ask ? mean : largest);
  }
  return dot(l2(c), l2(g));
}

/// image (I, R, D), words (T, L, D), graphs (I, G) and (T, E) or empty -> (I, T).
inline Array adapt(Adapt p, const Array& image, const Array& words, const Lengths& word_lengths = {},
                   const Lengths& region_lengths = {}, const Array& image_graph = {}, const Array& text_graph = {}) {
  if (p.batch) {
    const Array& given = p.words_ask ? image : words;
    for (Index d = 0; d < given.size(2); ++d) {
      Vector numbers;
      for (Index b = 0; b < given.size(0); ++b)
        for (const Vector& x : tokens(given, b, p.words_ask ? region_lengths : word_lengths).rows)
          numbers.push_back(x[static_cast<std::size_t>(d)]);
      set_moments(p.norm, d, numbers);
    }
  }
  Array scores({image.size(0), words.size(0)});
  for (Index i = 0; i < image.size(0); ++i) {
    for (Index t = 0; t < words.size(0); ++t) {
      Vector terms(static_cast<std::size_t>(image.size(2)), 0.0);
      const auto add = [&](const Vector& more) {
        for (std::size_t d = 0; d < terms.size(); ++d) terms[d] += more[d];
      };
      if (!image_graph.empty()) add(linear(p.image_graph, image_graph.row(i)));
      if (!text_graph.empty()) add(linear(p.text_graph, text_graph.row(t)));
      const auto regions = tokens(image, i, region_lengths).rows, caption = tokens(words, t, word_lengths).rows;
      scores.at(i, t) = p.words_ask ? adapt_score(p, caption, regions, terms) : adapt_score(p, regions, caption, terms);
    }
  }
  return scores;
}

}  // namespace reference
