// The whole model: two encoders trained from scratch or what follows two published ones, and the matcher with modules
// chosen by name.
#pragma once

#include "alignments.hpp"
#include "app/config.hpp"
#include "data/samples.hpp"
#include "mgan/encoders/region_features.hpp"
#include "mgan/encoders/standardization.hpp"
#include "mgan/encoders/text_transformer.hpp"
#include "mgan/encoders/vision_transformer.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "mgan/model/multi_granularity_matcher.hpp"

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

using mgan::encoders::Standardization;

/// What stands between published encoders and the matcher.
struct PublishedSide {
  bool used = false;
  std::vector<mgan::encoders::TextLayer> tuned;  // the last layer of BERT, or none
  Standardization cls, patches, regions, words;

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("tuned", self.tuned);
    f("cls", self.cls);
    f("patches", self.patches);
    f("regions", self.regions);
    f("words", self.words);
  }
};

struct Model {
  ModelConfig config;
  mgan::encoders::VisionTransformer vision;  // without weights where the encoders are published
  mgan::encoders::TextTransformer language;
  PublishedSide published;
  Matcher matcher;
  at::Device device = at::kCPU;  // of the weights; batches may come from anywhere

  /// Weights drawn from `seed`; a tuned layer and the standardization are not there yet (see prepare_published).
  static Model create(const Config& config, std::uint64_t seed);
  /// Weights to another device; handles on them have to be collected again.
  void move_to(at::Device to);

  /// The image side up to the scores. With a generator: training, with the selector's noise.
  MatcherState prepare_images(const ImageBatch& images, at::Generator* generator = nullptr) const;
  MatcherState prepare_texts(const CaptionBatch& captions) const;
  /// Patches (I, K) that the selector keeps.
  at::Tensor kept_patches(const ImageBatch& images) const;

  /// Regions are given, and there are no pictures: no image encoder, patches or [CLS].
  bool has_region_features() const { return config.regions == Regions::features; }

  Scores parts(const MatcherState& images, const MatcherState& texts) const;
  at::Tensor combine(const Scores& parts) const;

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    if (self.published.used) {
      f("published", self.published);
    } else {
      if (!self.has_region_features()) f("vision", self.vision);
      f("language", self.language);
    }
    f("matcher", self.matcher);
  }

 private:
  at::Tensor tokens(const ImageBatch& images) const;     // (I, 1+M, d_p)
  at::Tensor words(const CaptionBatch& captions) const;  // (T, n, d_w)
  mgan::ImageFeatures<at::Tensor, Ragged> features(const ImageBatch& images) const;
};

/// Before training: the last layer of BERT as it was published, mean and deviation of the training features.
void prepare_published(Model& model, const Config& config, const FeatureSource& train);
/// Which granularities a loss is on, for a start on the patches alone.
enum class LossOn { all, patches };

/// The loss of I images with C captions each, captions grouped as c * I + i.
Losses matching_loss(const Model& model, const RecipeConfig& recipe, const MatcherState& images,
                     const MatcherState& texts, const std::vector<std::int64_t>& image_ids, bool all_negatives,
                     LossOn on = LossOn::all);

}  // namespace program
