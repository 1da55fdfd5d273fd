#include "model.hpp"

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/loss/diversity_regularization.hpp"
#include "mgan/loss/matching_loss.hpp"

namespace program {

namespace {

constexpr std::int64_t pixel_side = 8;  // cells a side of a region's pixel features

mgan::encoders::VisionConfig vision_config(const ModelConfig& c) {
  mgan::encoders::VisionConfig v;
  v.image_size = c.image_size;
  v.patch_size = c.patch_size;
  v.hidden_size = c.vision_width;
  v.intermediate_size = 4 * c.vision_width;
  v.layers = c.vision_layers;
  v.heads = c.vision_heads;
  return v;
}

mgan::encoders::TextConfig text_config(const ModelConfig& c, std::int64_t vocabulary) {
  mgan::encoders::TextConfig t;
  t.vocabulary = vocabulary;
  t.positions = c.max_words + 2;  // [CLS] and [SEP]
  t.hidden_size = c.text_width;
  t.intermediate_size = 4 * c.text_width;
  t.layers = c.text_layers;
  t.heads = c.text_heads;
  return t;
}

}  // namespace

Model Model::create(const Config& config, std::uint64_t seed) {
  const ModelConfig& c = config.model;
  const auto words = static_cast<std::int64_t>(config.vocabulary.size());
  mgan::require(c.regions == "pixels" || c.regions == "tokens", "regions is '", c.regions,
                "', expected pixels or tokens");
  const std::int64_t region_width = c.regions == "pixels" ? 3 * pixel_side * pixel_side : c.vision_width;
  mgan::require(c.scorer == "fused" || c.scorer == "functor" || is_low_precision(c), "scorer is '", c.scorer,
                "', expected fused, fused-bf16, fused-int8 or functor");
  const AlignmentSizes sizes{c.width, c.n_views, c.heads, c.k, c.max_words, c.temperature, seed + 1, c.scorer};

  Model model{c,
              mgan::encoders::VisionTransformer::create(vision_config(c)),
              mgan::encoders::TextTransformer::create(text_config(c, words)),
              {mgan::RegionEmbedding<at::Tensor>::create(region_width, c.width),
               mgan::PatchEmbedding<at::Tensor>::create(c.vision_width, c.width),
               mgan::TextEmbedding<at::Tensor>::create(c.text_width, c.width),
               make_alignment(&NamedModule::region, c.region_alignment, sizes),
               mgan::PatchSelector<at::Tensor>::create(c.width, c.k),
               make_alignment(&NamedModule::patch, c.patch_alignment, sizes),
               make_alignment(&NamedModule::global, c.global_alignment, sizes),
               {c.region_weight, c.global_weight, c.patch_weight}}};
  mgan::initialize(model, seed);
  return model;
}

mgan::ImageFeatures<at::Tensor, Ragged> Model::features(const ImageBatch& images) const {
  const at::Tensor tokens = vision(images.pictures);  // (I, 1+M, d_p)
  const std::int64_t grid = config.image_size / config.patch_size;
  const at::Tensor raw = config.regions == "pixels"
                             ? images.region_pixels  // (I, R, 192)
                             : mgan::encoders::RegionFeatures{grid, grid}(tokens, images.boxes, images.image_sizes,  //
                                                                          images.region_lengths);  // (I, R, d_p)
  return {mgan::ragged(raw, images.region_lengths, "regions"), images.boxes, images.image_sizes, tokens};
}

MatcherState Model::prepare_images(const ImageBatch& images, at::Generator* generator) const {
  return generator ? matcher.prepare_image(features(images), mgan::Training{*generator})
                   : matcher.prepare_image(features(images));
}

MatcherState Model::prepare_texts(const mgan::train::TokenBatch& captions) const {
  const at::Tensor tokens = language(captions.ids, captions.lengths);  // (T, n, d_w)
  // [SEP] is the last real token of each row: one token less, and it is padding.
  return matcher.prepare_text(mgan::ragged(tokens.narrow(1, 0, tokens.size(1) - 1), captions.lengths - 1, "captions"));
}

at::Tensor Model::kept_patches(const ImageBatch& images) const {
  const auto embedded = matcher.patches(vision(images.pictures));
  return matcher.selector.indices(matcher.selector.scores(embedded.patches, embedded.global));
}

Scores Model::parts(const MatcherState& images, const MatcherState& texts) const {
  const auto scores = [](const auto& module, const AnyState& i, const AnyState& t) {
    return mgan::is_enabled(module) ? mgan::score_all(module, i, t) : at::Tensor();
  };
  return {scores(matcher.region_alignment, images.region, texts.region),
          scores(matcher.global_alignment, images.global, texts.global),
          scores(matcher.patch_alignment, images.patch, texts.patch)};
}

at::Tensor Model::combine(const Scores& parts) const {
  return matcher.combine(mgan::GranularityScores{parts.region, parts.global, parts.patch});
}

Losses matching_loss(const Model& model, const RecipeConfig& recipe, const MatcherState& images,
                     const MatcherState& texts, const std::vector<std::int64_t>& image_ids, bool all_negatives) {
  const auto negatives = all_negatives ? mgan::Negatives::all : mgan::Negatives::hardest;
  const Scores parts = model.parts(images, texts);
  const auto ranking = [&](const at::Tensor& scores) {  // (I, C I) -> (), the mean over the C groups of captions
    const mgan::TripletRankingLoss loss{recipe.margin, negatives};
    const std::int64_t I = scores.size(0), groups = scores.size(1) / I;
    at::Tensor sum;
    for (std::int64_t c = 0; c < groups; ++c) {
      const at::Tensor group = loss(scores.narrow(1, c * I, I), image_ids);
      sum = sum.defined() ? sum + group : group;
    }
    return sum / groups;
  };
  at::Tensor rank = ranking(model.combine(parts));

  const auto balance = recipe.balance == "as_printed" ? mgan::LossBalance::as_printed() : mgan::LossBalance::camera();
  Losses losses;
  losses.ranking = rank.item<double>();
  if (recipe.granularity_loss != 0) {
    for (const at::Tensor& alone : {parts.region, parts.global, parts.patch})
      if (alone.defined()) rank = rank + ranking(alone) * recipe.granularity_loss;
  }
  if (mgan::is_enabled(model.matcher.region_alignment) && model.matcher.region_alignment.assignment_logits) {
    const at::Tensor diversity =
        mgan::DiversityRegularization{}(model.matcher.region_alignment.assignment_logits(images.region)).sum();
    losses.diversity = diversity.item<double>();
    losses.total = balance(rank, diversity);
  } else {
    losses.total = rank * balance.ranking;
  }
  return losses;
}

}  // namespace program
