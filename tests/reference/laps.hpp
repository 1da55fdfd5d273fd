// LAPS: a selection of patches for every pair, merged into a few tokens.
//
//     s_r = cos(v_r, mean v) + cos(v_r, mean t);  the `keep` largest are kept;  e = sum of the others, softmax(s)_r v_r
//     a_r = scale output(gelu(hidden(LayerNorm(v_r))));  z_j = sum over the kept, softmax(a_.j)_r v_r
//     S = mean_l max_z C + mean_z max_l C,  C = LeakyReLU_0.1(cos(t_l, .)) of [global?, z_1 .. z_Z, e]
#pragma once

#include "tokens.hpp"
#include "top_k.hpp"

namespace reference {

struct Laps {
  Array norm_weight, norm_bias;  // (D)
  Linear hidden, output;         // (H, D), (Z, H)
  double scale = 1.0;
  Index keep = 1;
};

struct LapsResult {
  Array scores;  // (I, T)
  Array kept;    // (I, T, keep)
};

/// image (I, R, D), global (I, D) or absent, words (T, L, D). What chooses, and how much of what is left out is merged,
/// are constants: of `choosing_image` and `choosing_words`.
inline LapsResult laps(const Laps& p, const Array& image, const Array& global, const Array& words,
                       const Lengths& word_lengths, const Array& choosing_image, const Array& choosing_words) {
  LapsResult out{Array({image.size(0), words.size(0)}), Array({image.size(0), words.size(0), p.keep})};
  for (Index i = 0; i < image.size(0); ++i) {
    for (Index t = 0; t < words.size(0); ++t) {
      const std::vector<Vector> v = tokens(image, i, {}).rows, text = tokens(words, t, word_lengths).rows;
      const std::vector<Vector> chosen_by = tokens(choosing_image, i, {}).rows;
      const Vector typical = mean_of(chosen_by), pointed = mean_of(tokens(choosing_words, t, word_lengths).rows);
      Vector s;
      for (const Vector& x : chosen_by) s.push_back(cosine(x, typical) + cosine(x, pointed));
      const std::vector<Index> kept = top_k(s, p.keep);

      std::vector<Vector> rest, some, logits, all;
      Vector rest_scores;
      for (std::size_t r = 0; r < v.size(); ++r) {
        if (std::find(kept.begin(), kept.end(), static_cast<Index>(r)) == kept.end()) {
          rest.push_back(v[r]);
          rest_scores.push_back(s[r]);
        } else {
          some.push_back(v[r]);
          logits.push_back(linear(p.output, gelu(linear(p.hidden, layer_norm(p.norm_weight, p.norm_bias, v[r])))));
        }
      }
      if (!global.empty()) all.push_back(global.row(i));
      for (std::size_t j = 0; j < logits.front().size(); ++j) {
        Vector column;
        for (const Vector& a : logits) column.push_back(p.scale * a[j]);
        all.push_back(weighted_sum(softmax(column), some));
      }
      all.push_back(rest.empty() ? Vector(v.front().size(), 0.0) : weighted_sum(softmax(rest_scores), rest));

      const auto similarity = [](const Vector& a, const Vector& b) {
        const double c = cosine(a, b);
        return c > 0.0 ? c : 0.1 * c;
      };
      double of_words = 0.0, of_tokens = 0.0;
      for (const Vector& word : text) {
        double best = similarity(word, all.front());
        for (const Vector& z : all) best = std::max(best, similarity(word, z));
        of_words += best / static_cast<double>(text.size());
      }
      for (const Vector& z : all) {
        double best = similarity(text.front(), z);
        for (const Vector& word : text) best = std::max(best, similarity(word, z));
        of_tokens += best / static_cast<double>(all.size());
      }
      out.scores.at(i, t) = of_words + of_tokens;
      for (Index k = 0; k < p.keep; ++k) out.kept.at(i, t, k) = static_cast<double>(kept[static_cast<std::size_t>(k)]);
    }
  }
  return out;
}

}  // namespace reference
