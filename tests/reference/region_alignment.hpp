// Eq. (4): S_region = max_n cos(v_tilde_n, t_tilde).
#pragma once

#include "multi_view_summarization.hpp"
#include "sentence_attention.hpp"

namespace reference {

struct RegionAlignment {
  MultiViewSummarization views;
  SentenceAttention sentence;
};

struct RegionScores {
  Array scores;                     // (I, T)
  std::vector<Index> winning_view;  // (I, T), of equal cosines the lowest
};

/// Views (I, N, D), sentences (T, D) -> the cosine of the best view, (I, T).
inline RegionScores best_views(const Array& views, const Array& sentence) {
  RegionScores out{Array({views.size(0), sentence.size(0)}), {}};
  for (Index i = 0; i < views.size(0); ++i) {
    for (Index t = 0; t < sentence.size(0); ++t) {
      Index winner = 0;
      double best = cosine(views.row(i, 0), sentence.row(t));
      for (Index n = 1; n < views.size(1); ++n) {
        const double c = cosine(views.row(i, n), sentence.row(t));
        if (c > best) {
          best = c;
          winner = n;
        }
      }
      out.scores.at(i, t) = best;
      out.winning_view.push_back(winner);
    }
  }
  return out;
}

/// regions (I, R, D), words (T, L, D) -> scores (I, T).
inline RegionScores region_alignment(const RegionAlignment& p, const Array& regions, const Array& words,
                                     const Lengths& word_lengths, const Lengths& region_lengths = {}) {
  return best_views(multi_view_summarization(p.views, regions, region_lengths).views,
                    sentence_attention(p.sentence, words, word_lengths));
}

}  // namespace reference
