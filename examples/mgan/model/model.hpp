// The whole model: what stands before the matcher on either side (front.hpp), and the matcher with modules chosen by
// name.
#pragma once

#include <variant>

#include "alignments.hpp"
#include "app/config.hpp"
#include "batch_loss.hpp"
#include "data/samples.hpp"
#include "front.hpp"
#include "mgan/model/multi_granularity_matcher.hpp"
#include "refinements.hpp"

namespace program {

using Matcher =
    mgan::MultiGranularityMatcher<at::Tensor, AnyPatchAlignment, AnyRegionAlignment, AnyGlobalAlignment,
                                  mgan::PatchSelector<at::Tensor>, mgan::RegionEmbedding<at::Tensor, AnyRefinement>,
                                  mgan::PatchEmbedding<at::Tensor, AnyRefinement>,
                                  mgan::TextEmbedding<at::Tensor, AnyRefinement>>;
using MatcherState = mgan::GranularityStates<AnyState, AnyState, AnyState>;

/// S (images, texts) of each granularity; undefined where it is left out.
struct Scores {
  at::Tensor region, global, patch;
};

struct Losses {
  at::Tensor total;
  double ranking = 0;       // of the combined scores; of triplets summed over the batch, as Eq. (14)
  double diversity = 0;     // summed over the batch
  double distillation = 0;  // the divergence from a teacher, a mean over the batch
};

struct Model {
  ModelConfig config;
  std::variant<PixelFront, FeatureFront> image_front;
  std::variant<IdFront, StateFront> text_front;
  Matcher matcher;
  BatchLoss loss;
  at::Device device = at::kCPU;  // of the weights; batches may come from anywhere

  /// Weights drawn from `seed`; the standardization is not there yet (see standardize_features).
  static Model create(const Config& config, std::uint64_t seed);
  /// Weights to another device; handles on them have to be collected again.
  void move_to(at::Device to);

  /// Each side up to the scores. With a step: training, with noise and the batch's statistics.
  MatcherState prepare_images(const ImageBatch& images, const TrainingStep* step = nullptr) const;
  MatcherState prepare_texts(const CaptionBatch& captions, const TrainingStep* step = nullptr) const;
  /// Patches (I, K) that the selector keeps.
  at::Tensor kept_patches(const ImageBatch& images) const;

  Scores parts(const MatcherState& images, const MatcherState& texts, const TrainingStep* step = nullptr) const;
  at::Tensor combine(const Scores& parts) const;

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    std::visit([&f](auto& front) { front.visit(front, f); }, self.image_front);
    std::visit([&f](auto& front) { front.visit(front, f); }, self.text_front);
    f("matcher", self.matcher);
    f("loss", self.loss);
  }
  /// Behind a step of the optimiser.
  void constrain() { loss.constrain(); }
};

/// Before training on features: their mean and deviation over the training split, where the configuration asks for it.
void standardize_features(Model& model, const Config& config, const Samples& train);

/// Which granularities a loss is on, for a start on the patches alone.
enum class LossOn { all, patches };

/// I images with C captions each, prepared; captions grouped as c * I + i.
struct PreparedBatch {
  MatcherState images, texts;
  const std::vector<std::int64_t>& image_ids;  // (I)
  at::Tensor teacher = {};                     // scores (I, C I) to be close to, or undefined
};

/// The loss of a batch; `loss` is the model's at this step.
Losses matching_loss(const Model& model, const Config& config, const BatchLoss& loss, const PreparedBatch& batch,
                     LossOn on = LossOn::all, const TrainingStep* step = nullptr);

}  // namespace program
