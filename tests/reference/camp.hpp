// CAMP: messages between regions and words, at the stages cosine and gated. D x D maps, token by token.
//
//     att(q, k, v)_i = sum_j softmax_j(q_i . k_j / sqrt(D)) v_j
//     a_v = att(query_v(V), key_t(T), T);  f_v = att(self_query_v(a_v), self_key_v(a_v), a_v);  a_t, f_t likewise
#pragma once

#include "tokens.hpp"

namespace reference {

struct CampSide {
  Linear query, key, self_query, self_key;  // (D, D), no bias
  Linear fuse = {};                         // (D, 2 D), no bias
  Linear summary_first = {}, summary_second = {};
};

struct Camp {
  CampSide image, text;
  bool gated = false;
  Linear score_first = {}, score_second = {};
  bool padded_words_count = false;  // cosine stage: they hear, and are part of the mean
};

using Rows = std::vector<Vector>;

inline Rows each(const Linear& layer, const Rows& rows) {
  Rows out;
  for (const Vector& x : rows) out.push_back(linear(layer, x));
  return out;
}

/// Keys beyond `real` are not attended to.
inline Rows attended(const Rows& queries, const Rows& keys, const Rows& values, std::size_t real) {
  Rows out;
  for (const Vector& q : queries) {
    Vector logits;
    for (std::size_t j = 0; j < real; ++j)
      logits.push_back(dot(q, keys[j]) / std::sqrt(static_cast<double>(values.front().size())));
    out.push_back(
        weighted_sum(softmax(logits), Rows(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(real))));
  }
  return out;
}

/// f: what `hearing`, of which the first `real` are tokens, takes of `heard`.
inline Rows messages(const CampSide& own, const CampSide& other, const Rows& hearing, const Rows& heard,
                     std::size_t real) {
  const Rows a = attended(each(own.query, hearing), each(other.key, heard), heard, heard.size());
  return attended(each(own.self_query, a), each(own.self_key, a), a, real);
}

inline Vector relu_layers(const Linear& first, const Linear& second, const Vector& x) {
  Vector h = linear(first, x);
  for (double& number : h) number = std::max(number, 0.0);
  return linear(second, h);
}

/// o_v of tokens x and the messages f that they heard.
inline Vector gated_summary(const CampSide& side, const Rows& x, const Rows& f) {
  Rows o;
  std::vector<Vector> logits;  // (tokens, heads)
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Vector message = l2(f[i]);
    const double gamma = sigmoid(dot(x[i], message));
    Vector both = x[i];
    both.insert(both.end(), message.begin(), message.end());
    for (double& number : both) number *= gamma;
    Vector fused = linear(side.fuse, both);
    for (std::size_t d = 0; d < fused.size(); ++d) fused[d] = std::max(fused[d], 0.0) + x[i][d];
    logits.push_back(relu_layers(side.summary_first, side.summary_second, fused));
    o.push_back(std::move(fused));
  }
  const std::size_t heads = logits.front().size();
  Vector mean(x.front().size(), 0.0);
  for (std::size_t h = 0; h < heads; ++h) {
    Vector column;
    for (const Vector& row : logits) column.push_back(row[h]);
    const Vector summed = weighted_sum(softmax(column), o);
    for (std::size_t d = 0; d < mean.size(); ++d) mean[d] += summed[d] / static_cast<double>(heads);
  }
  return l2(mean);
}

/// image (I, R, D), words (T, L, D) -> (I, T).
inline Array camp(const Camp& p, const Array& image, const Array& words, const Lengths& word_lengths = {},
                  const Lengths& region_lengths = {}) {
  return every_pair(image, words, region_lengths, word_lengths, [&](const Tokens& regions, const Tokens& text) {
    const std::size_t n_words = text.rows.size();
    Rows hearing = text.rows;
    if (p.padded_words_count)
      hearing.resize(n_words + static_cast<std::size_t>(text.padding), Vector(text.rows.front().size(), 0.0));
    const Rows f_v = messages(p.image, p.text, regions.rows, text.rows, regions.rows.size());
    const Rows f_t = messages(p.text, p.image, hearing, regions.rows, n_words);
    if (!p.gated) return dot(l2(mean_of(f_v)), l2(mean_of(f_t)));
    Vector both = gated_summary(p.image, regions.rows, f_v);
    const Vector o_t = gated_summary(p.text, text.rows, f_t);
    both.insert(both.end(), o_t.begin(), o_t.end());
    return sigmoid(relu_layers(p.score_first, p.score_second, both).front());
  });
}

}  // namespace reference
