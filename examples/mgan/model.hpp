// The whole model: two encoders trained from scratch, and the matcher with modules chosen by name.
#pragma once

#include "alignments.hpp"
#include "config.hpp"
#include "mgan/encoders/region_features.hpp"
#include "mgan/encoders/text_transformer.hpp"
#include "mgan/encoders/vision_transformer.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "mgan/model/multi_granularity_matcher.hpp"
#include "mgan/train/token_batch.hpp"
#include "samples.hpp"

namespace program {

using Matcher = mgan::MultiGranularityMatcher<at::Tensor, AnyPatchAlignment, AnyRegionAlignment, AnyGlobalAlignment>;
using MatcherState = mgan::GranularityStates<AnyState, AnyState, AnyState>;

/// S (images, texts) of each granularity; undefined where it is left out.
struct Scores {
  at::Tensor region, global, patch;
};

struct Losses {
  at::Tensor total;
  double ranking = 0;    // summed over the batch, as Eq. (14)
  double diversity = 0;  // summed over the batch
};

struct Model {
  ModelConfig config;
  mgan::encoders::VisionTransformer vision;
  mgan::encoders::TextTransformer language;
  Matcher matcher;

  /// Weights drawn from `seed`.
  static Model create(const Config& config, std::uint64_t seed);

  /// The image side up to the scores. With a generator: training, with the selector's noise.
  MatcherState prepare_images(const ImageBatch& images, at::Generator* generator = nullptr) const;
  MatcherState prepare_texts(const mgan::train::TokenBatch& captions) const;
  /// Patches (I, K) that the selector keeps.
  at::Tensor kept_patches(const ImageBatch& images) const;

  /// Regions are given, and there are no pictures: no image encoder, patches or [CLS].
  bool has_region_features() const { return config.regions == "features"; }

  Scores parts(const MatcherState& images, const MatcherState& texts) const;
  at::Tensor combine(const Scores& parts) const;

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    if (!self.has_region_features()) f("vision", self.vision);
    f("language", self.language);
    f("matcher", self.matcher);
  }

 private:
  mgan::ImageFeatures<at::Tensor, Ragged> features(const ImageBatch& images) const;
};

/// The loss of I images with C captions each, captions grouped as c * I + i.
Losses matching_loss(const Model& model, const RecipeConfig& recipe, const MatcherState& images,
                     const MatcherState& texts, const std::vector<std::int64_t>& image_ids, bool all_negatives);

}  // namespace program
