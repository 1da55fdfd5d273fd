// CAMERA (Qu et al., MM 2020; LgQu/CAMERA), the region level of MGAN with its own towers, composed of parts.
//
//     image   V = F W + b, L of the boxes, AGSA(V, L), N views                    text   t W + b, AGSA, a feed-forward
//     S = max_n cos(view_n, sentence)                                                    layer, the mean word
//
// AGSA is gated self-attention. `RegionNormalization::camera` scales V and AGSA's result over the regions, as the
// published code does; with `none` neither is scaled.
#pragma once

#include "mgan/alignment/feed_forward_sentence.hpp"
#include "mgan/model/multi_granularity_matcher.hpp"
#include "mgan/refine/gated_self_attention.hpp"

namespace mgan {

/// The image side alone: features (..., R, d_r), boxes (..., R, 4) and image sizes (..., 2) -> Views (..., N, D).
template <Tensor T>
struct CameraImageTower {
  RegionEmbedding<T, GatedSelfAttention<T>> regions;
  MultiViewSummarization<T> views;

  template <Tokens X, Tensor Boxes, Tensor Sizes, ContextOfUse Context = Inference>
  auto operator()(const X& features, const Boxes& boxes, const Sizes& image_sizes, const Context& context = {}) const {
    return views(regions(features, boxes, image_sizes, context));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("regions", self.regions);
    f("views", self.views);
  }
};

/// The whole model, as a matcher with the region granularity alone.
template <Tensor T>
using CameraMatcher =
    MultiGranularityMatcher<T, NoAlignment, RegionAlignment<T, MultiViewSummarization<T>, FeedForwardSentence<T>>,
                            NoAlignment, PatchSelector<T>, RegionEmbedding<T, GatedSelfAttention<T>>, PatchEmbedding<T>,
                            TextEmbedding<T, GatedSelfAttention<T>>>;

/// `sizes.heads` are those of both AGSAs, 64 at D = 2048. Weights are still to be drawn or loaded.
template <Tensor T>
CameraMatcher<T> make_camera(const MatcherSizes& sizes,
                             RegionNormalization normalization = RegionNormalization::camera) {
  const auto attention = [&] { return GatedSelfAttention<T>::create(sizes.width, sizes.heads); };
  CameraMatcher<T> m;
  m.regions = RegionEmbedding<T, GatedSelfAttention<T>>::create(sizes.region_width, sizes.width, RegionPositions::boxes,
                                                                attention());
  m.regions.normalization = normalization;
  m.text = TextEmbedding<T, GatedSelfAttention<T>>::create(sizes.word_width, sizes.width, attention());
  m.region_alignment =
      decltype(m.region_alignment)::create(sizes.width, ViewSizes::for_width(sizes.width, sizes.n_views));
  return m;
}

}  // namespace mgan
