// Eq. (12): S = w_region S_region + w_global S_global + w_patch S_patch, from raw features and tokens, as at inference.
#pragma once

#include "global_alignment.hpp"
#include "patch_alignment.hpp"
#include "patch_selector.hpp"
#include "region_alignment.hpp"
#include "region_embedding.hpp"
#include "text_embedding.hpp"

namespace reference {

struct MultiGranularityMatcher {
  RegionEmbedding regions;
  PatchEmbedding patches;
  Linear text;
  RegionAlignment region_alignment;
  PatchSelector selector;
  PatchAlignment patch_alignment;
  Index k = 16;
  double region_weight = 1.0, global_weight = 0.6, patch_weight = 0.2;
};

struct MatcherInput {
  Array features, boxes, image_sizes;  // (I, R, d_r), (I, R, 4), (I, 2)
  Array image_tokens;                  // (I, 1 + M, d_p)
  Array text_tokens;                   // (T, 1 + L, d_w)
  Lengths word_lengths;                // (T)
};

struct MatcherScores {
  Array scores, region_scores, global_scores, patch_scores;  // (I, T)
};

inline MatcherScores multi_granularity_matcher(const MultiGranularityMatcher& p, const MatcherInput& in) {
  const Array regions = region_embedding(p.regions, in.features, in.boxes, in.image_sizes);
  const Embedded image = patch_embedding(p.patches, in.image_tokens);
  const Embedded text = text_embedding(p.text, in.text_tokens);
  const Array selected = patch_selector(p.selector, image.tokens, image.global, p.k).selected;

  MatcherScores out;
  out.region_scores = region_alignment(p.region_alignment, regions, text.tokens, in.word_lengths).scores;
  out.global_scores = global_alignment(image.global, text.global);
  out.patch_scores = patch_alignment(p.patch_alignment, selected, text.tokens, in.word_lengths).scores;
  out.scores = Array(out.region_scores.shape);
  for (std::size_t i = 0; i < out.scores.values.size(); ++i) {
    out.scores.values[i] = p.region_weight * out.region_scores.values[i] +
                           p.global_weight * out.global_scores.values[i] + p.patch_weight * out.patch_scores.values[i];
  }
  return out;
}

}  // namespace reference
