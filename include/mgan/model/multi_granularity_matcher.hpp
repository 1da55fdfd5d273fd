// MGAN: regions, the whole picture and patches against a caption. Eq. (12) of the MGAN paper.
//
//     S = 1.0 S_region + 0.6 S_global + 0.2 S_patch
#pragma once

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/global_alignment.hpp"
#include "mgan/alignment/patch_alignment.hpp"
#include "mgan/alignment/patch_selector.hpp"
#include "mgan/alignment/region_alignment.hpp"
#include "mgan/embedding/patch_embedding.hpp"
#include "mgan/embedding/region_embedding.hpp"
#include "mgan/embedding/text_embedding.hpp"
#include "mgan/model/matcher_states.hpp"

namespace mgan {

/// How much each granularity counts.
struct GranularityWeights {
  double region = 1.0;
  double global = 0.6;
  double patch = 0.2;
};

/// Every module is a template argument: a struct of yours takes its place (alignment/contract.hpp), NoAlignment leaves
/// a granularity out together with its embedding.
template <Tensor T, class PatchAlign = PatchAlignment<T>, class RegionAlign = RegionAlignment<T>,
          class GlobalAlign = GlobalAlignment, class Selector = PatchSelector<T>, class Regions = RegionEmbedding<T>,
          class Patches = PatchEmbedding<T>, class Text = TextEmbedding<T>>
struct MultiGranularityMatcher {
  static_assert(detail::can_score<PatchAlign> && detail::can_score<RegionAlign> && detail::can_score<GlobalAlign>,
                "mgan: an alignment module needs score(image, text) or operator()(image, text)");
  Regions regions;
  Patches patches;
  Text text;
  RegionAlign region_alignment;
  Selector selector;
  PatchAlign patch_alignment;
  GlobalAlign global_alignment;
  GranularityWeights weights;

  /// Raw features of an image or a batch (ImageFeatures) -> its state. Pass Training{generator, updates} to train.
  template <class Image, class Context = Inference>
  auto prepare_image(const Image& image, Context context = {}) const {
    const auto embedded = embed_patches(image, context);
    return GranularityStates{
        detail::when(region_alignment,
                     [&](const auto& m) {
                       const auto embedded_regions = with_context(regions, context, image.features, image.boxes,
                                                                  image.image_sizes);  // (..., R, D)
                       return mgan::prepare_image(m, detail::offer_regions(m, embedded_regions, image), context);
                     }),
        detail::when(global_alignment, [&](const auto& m) { return mgan::prepare_image(m, embedded.global, context); }),
        detail::when(patch_alignment, [&](const auto& m) {
          const auto selected = selector(embedded.patches, embedded.global, context);  // (..., K, D)
          return mgan::prepare_image(m, detail::offer_patches(m, selected, embedded.global, image), context);
        })};
  }

  /// Text tokens (..., 1 + L, d_w), [CLS] first, masked if padded, or CaptionFeatures -> the state of the caption.
  template <class Caption, class Context = Inference>
  auto prepare_text(const Caption& caption, Context context = {}) const {
    const auto t = with_context(text, context, detail::tokens_of(caption));
    return GranularityStates{
        detail::when(
            region_alignment,
            [&](const auto& m) { return mgan::prepare_text(m, detail::offer_words(m, t.words, caption), context); }),
        detail::when(global_alignment, [&](const auto& m) { return mgan::prepare_text(m, t.global, context); }),
        detail::when(patch_alignment, [&]<class M>(const M& m) {
          if constexpr (WantsGlobal<M>) return mgan::prepare_text(m, t, context);
          else return mgan::prepare_text(m, detail::offer_words(m, t.words, caption), context);
        })};
  }

  /// The score of each granularity, (...) each, before the weights.
  template <class Image, class Caption, ContextOfUse Context = Inference>
  auto parts(const Image& image, const Caption& caption, Context context = {}) const {
    const auto scored = [&](const auto& state_of_image, const auto& state_of_caption) {
      return [&](const auto& m) { return mgan::score(m, state_of_image, state_of_caption, context); };
    };
    return GranularityScores{detail::when(region_alignment, scored(image.region, caption.region)),
                             detail::when(global_alignment, scored(image.global, caption.global)),
                             detail::when(patch_alignment, scored(image.patch, caption.patch))};
  }

  /// The weighted sum of the parts -> (...).
  template <class R, class G, class P>
  auto combine(const GranularityScores<R, G, P>& part) const {
    std::optional<detail::score_type<R, G, P>> total;
    detail::accumulate(region_alignment, part.region, weights.region, total);
    detail::accumulate(global_alignment, part.global, weights.global, total);
    detail::accumulate(patch_alignment, part.patch, weights.patch, total);
    require(total.has_value(), "MultiGranularityMatcher: every granularity is left out");
    return *total;
  }

  /// Eq. (12) for prepared sides -> (...).
  template <class Image, class Caption, ContextOfUse Context = Inference>
  auto score(const Image& image, const Caption& caption, Context context = {}) const {
    return combine(parts(image, caption, context));
  }
  bool scores_whole_batch() const {
    return mgan::scores_whole_batch(region_alignment) || mgan::scores_whole_batch(global_alignment) ||
           mgan::scores_whole_batch(patch_alignment);
  }

  /// One pair of raw inputs, or leading axes that broadcast.
  template <class Image, class Caption>
  auto operator()(const Image& image, const Caption& caption) const {
    return score(prepare_image(image), prepare_text(caption));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    const bool region = is_enabled(self.region_alignment), patch = is_enabled(self.patch_alignment);
    if (region) f("regions", self.regions);
    if (patch || is_enabled(self.global_alignment)) f("patches", self.patches);
    f("text", self.text);
    if (region) f("region_alignment", self.region_alignment);
    if (patch) f("selector", self.selector);
    if (patch) f("patch_alignment", self.patch_alignment);
    f("global_alignment", self.global_alignment);
  }

 private:
  template <class Image, class Context>
  auto embed_patches(const Image& image, Context context) const {
    using Embedded = decltype(with_context(patches, context, image.tokens));
    const bool wanted = is_enabled(patch_alignment) || is_enabled(global_alignment);
    return wanted ? with_context(patches, context, image.tokens) : Embedded{};
  }
};

/// The sizes of a matcher; defaults are the paper's, or section 3's of docs/mathematics.md where the paper is silent.
struct MatcherSizes {
  std::int64_t region_width = 2048;  // d_r
  std::int64_t patch_width = 768;    // d_p
  std::int64_t word_width = 768;     // d_w
  std::int64_t width = 2048;         // D
  std::int64_t n_views = 12;         // N
  std::int64_t k = 16;               // K, patches that the selector keeps
  std::int64_t max_words = 32;       // L
  std::int64_t heads = 8;
};

/// MGAN as in the paper, weights still zero: follow with initialize(matcher, seed) or load(matcher, file).
template <Tensor T>
MultiGranularityMatcher<T> make_matcher(const MatcherSizes& sizes, double temperature = 1) {
  return {RegionEmbedding<T>::create(sizes.region_width, sizes.width),
          PatchEmbedding<T>::create(sizes.patch_width, sizes.width),
          TextEmbedding<T>::create(sizes.word_width, sizes.width),
          RegionAlignment<T>::create(sizes.width, ViewSizes::for_width(sizes.width, sizes.n_views), sizes.heads),
          PatchSelector<T>::create(sizes.width, sizes.k),
          PatchAlignment<T>::create(sizes.k, sizes.max_words, temperature),
          GlobalAlignment{},
          GranularityWeights{}};
}

}  // namespace mgan
