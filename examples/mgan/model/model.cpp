#include "model.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "app/device.hpp"
#include "data/feature_source.hpp"
#include "mgan/alignment/all_pairs.hpp"
#include "mgan/encoders/hugging_face.hpp"
#include "mgan/loss/diversity_regularization.hpp"
#include "mgan/loss/matching_loss.hpp"
#include "mgan/train/autocast.hpp"
#include "mgan/train/parameters.hpp"

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

namespace {

/// The batch on another device; what is there already is not copied.
ImageBatch on_device(ImageBatch images, at::Device device) {
  for (at::Tensor* x : {&images.pictures, &images.boxes, &images.region_lengths, &images.image_sizes,
                        &images.region_pixels, &images.features, &images.tokens, &images.regions})
    if (x->defined()) *x = x->to(device);
  return images;
}
CaptionBatch on_device(CaptionBatch captions, at::Device device) {
  for (at::Tensor* x : {&captions.ids, &captions.lengths, &captions.states})
    if (x->defined()) *x = x->to(device);
  return captions;
}

/// Weights in the shapes that a checkpoint of this configuration has; their numbers come from it.
void shape_published(PublishedSide& side, const Config& config) {
  const EncodersConfig& e = config.encoders;
  mgan::require(e.tuned_layers == 0 || e.tuned_layers == 1, "tuned_layers is ", e.tuned_layers,
                ", expected 0 or 1: a cache holds the states around the last layer");
  if (e.standardize != Standardize::none) {
    for (Standardization* s : {&side.cls, &side.patches, &side.regions, &side.words}) {
      const std::int64_t width = s == &side.words ? config.model.text_width : config.model.vision_width;
      s->mean = at::zeros({width});
      s->deviation = at::ones({width});
    }
  }
  if (e.tuned_layers > 0) {
    const auto last = mgan::encoders::load_text_encoder(e.text).last_layer();
    mgan::require(last.has_value(), e.text, ": the last layer of this text encoder cannot be tuned; --tuned-layers 0");
    side.tuned.push_back(*last);
  }
}

void standardize(Standardization& s, const mgan::encoders::Moments& moments, bool scale) {
  s.mean.copy_(moments.mean());
  if (scale) s.deviation.copy_(moments.deviation());
}

}  // namespace

void prepare_published(Model& model, const Config& config, const FeatureSource& train) {
  const at::NoGradGuard no_grad;
  PublishedSide& side = model.published;
  if (config.encoders.standardize == Standardize::none) return;
  mgan::encoders::Moments cls, patches, regions, words;
  for (const mgan::encoders::FeatureShard& shard : train.shards()) {
    cls.add(shard.tokens.select(1, 0));
    patches.add(shard.tokens.narrow(1, 1, shard.tokens.size(1) - 1));
    regions.add(shard.grid.features);
    words.add(shard.last);
  }
  const bool scale = config.encoders.standardize == Standardize::scale;
  standardize(side.cls, cls, scale);
  standardize(side.patches, patches, scale);
  standardize(side.regions, regions, scale);
  standardize(side.words, words, scale);
}

Model Model::create(const Config& config, std::uint64_t seed) {
  const ModelConfig& c = config.model;
  const auto words = static_cast<std::int64_t>(config.vocabulary.size());
  const bool given = c.regions == Regions::features;
  mgan::require(!given || (c.patch_alignment == "none" && c.global_alignment == "none"),
                "region features alone have neither patches nor [CLS]: --patch-alignment and --global-alignment are '",
                c.patch_alignment, "' and '", c.global_alignment, "', expected none");
  const std::int64_t region_width = given                          ? c.region_width
                                    : c.regions == Regions::pixels ? 3 * pixel_side * pixel_side
                                                                   : c.vision_width;
  const AlignmentSizes sizes{
      {c.width, c.n_views, c.heads, c.k, c.max_words, c.temperature, c.interaction_start, seed + 1}, c.scorer};

  PublishedSide published{config.encoders.used(), {}, {}, {}, {}, {}};
  Model model{c,
              published.used ? mgan::encoders::VisionTransformer{}
                             : mgan::encoders::VisionTransformer::create(vision_config(c)),
              published.used ? mgan::encoders::TextTransformer{}
                             : mgan::encoders::TextTransformer::create(text_config(c, words)),
              {},
              {mgan::RegionEmbedding<at::Tensor>::create(region_width, c.width),
               mgan::PatchEmbedding<at::Tensor>::create(c.vision_width, c.width),
               mgan::TextEmbedding<at::Tensor>::create(c.text_width, c.width),
               make_alignment(&NamedModule::region, c.region_alignment, sizes),
               mgan::PatchSelector<at::Tensor>::create(c.width, c.k),
               make_alignment(&NamedModule::patch, c.patch_alignment, sizes),
               make_alignment(&NamedModule::global, c.global_alignment, sizes),
               {c.region_weight, c.global_weight, c.patch_weight}}};
  if (published.used) {
    mgan::initialize(model.matcher, seed);
    shape_published(published, config);
    model.published = std::move(published);
  } else {
    mgan::initialize(model, seed);
  }
  return model;
}

void Model::move_to(at::Device to) {
  mgan::train::to(*this, to, at::kFloat);
  device = to;
}

at::Tensor Model::tokens(const ImageBatch& images) const {
  if (!published.used) {
    const mgan::train::Autocast bf16(device.type(), config.precision == Precision::bf16);
    return vision(images.pictures).to(at::kFloat);  // (I, 1+M, d_p)
  }
  const auto cls = published.cls(images.tokens.narrow(1, 0, 1));                                  // (I, 1, d_p)
  const auto patches = published.patches(images.tokens.narrow(1, 1, images.tokens.size(1) - 1));  // (I, M, d_p)
  return at::cat({cls, patches}, 1);                                                              // (I, 1+M, d_p)
}

mgan::ImageFeatures<at::Tensor, Ragged> Model::features(const ImageBatch& images) const {
  if (has_region_features()) {
    return {mgan::ragged(images.features, images.region_lengths, "regions"), images.boxes, images.image_sizes, {}};
  }
  const at::Tensor tokens = this->tokens(images);  // (I, 1+M, d_p)
  if (published.used) {
    return {mgan::ragged(published.regions(images.regions), images.region_lengths, "regions"), images.boxes,
            images.image_sizes, tokens};
  }
  const std::int64_t grid = config.image_size / config.patch_size;
  const at::Tensor raw = config.regions == Regions::pixels
                             ? images.region_pixels  // (I, R, 192)
                             : mgan::encoders::RegionFeatures{grid, grid}(tokens, images.boxes, images.image_sizes,  //
                                                                          images.region_lengths);  // (I, R, d_p)
  return {mgan::ragged(raw, images.region_lengths, "regions"), images.boxes, images.image_sizes, tokens};
}

MatcherState Model::prepare_images(const ImageBatch& images, at::Generator* generator) const {
  const auto given = features(on_device(images, device));
  return generator ? matcher.prepare_image(given, mgan::Training{*generator}) : matcher.prepare_image(given);
}

at::Tensor Model::words(const CaptionBatch& captions) const {
  const mgan::train::Autocast bf16(device.type(), config.precision == Precision::bf16);
  at::Tensor tokens = published.used ? captions.states : language(captions.ids, captions.lengths);  // (T, n, d_w)
  for (const auto& layer : published.tuned) tokens = mgan::encoders::with_mask(layer, tokens, captions.lengths);
  return tokens.to(at::kFloat);
}

MatcherState Model::prepare_texts(const CaptionBatch& captions) const {
  const CaptionBatch here = on_device(captions, device);
  at::Tensor tokens = words(here);                       // (T, n, d_w)
  if (published.used) tokens = published.words(tokens);  // (T, n, d_w)
  // [SEP] is the last real token of each row: one token less, and it is padding.
  return matcher.prepare_text(mgan::ragged(tokens.narrow(1, 0, tokens.size(1) - 1), here.lengths - 1, "captions"));
}

at::Tensor Model::kept_patches(const ImageBatch& images) const {
  const auto embedded = matcher.patches(tokens(on_device(images, device)));
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
                     const MatcherState& texts, const std::vector<std::int64_t>& image_ids, bool all_negatives,
                     LossOn on) {
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
  if (on == LossOn::patches) mgan::require(parts.patch.defined(), "a start on the patches, but they are left out");
  at::Tensor rank = ranking(on == LossOn::patches ? parts.patch : model.combine(parts));

  const auto balance =
      recipe.balance == Balance::as_printed ? mgan::LossBalance::as_printed() : mgan::LossBalance::camera();
  Losses losses;
  losses.ranking = rank.item<double>();
  if (on == LossOn::patches) {
    losses.total = rank * balance.ranking;
    return losses;
  }
  if (recipe.patch_loss != 0 && parts.patch.defined()) rank = rank + ranking(parts.patch) * recipe.patch_loss;
  if (recipe.granularity_loss != 0) {
    for (const at::Tensor& alone : {parts.region, parts.global, parts.patch})
      if (alone.defined()) rank = rank + ranking(alone) * recipe.granularity_loss;
  }
  at::Tensor logits;  // (I, R, N)
  if (mgan::is_enabled(model.matcher.region_alignment))
    logits = model.matcher.region_alignment->assignment_logits(images.region);
  if (logits.defined()) {
    const at::Tensor diversity = mgan::DiversityRegularization{}(logits).sum();
    losses.diversity = diversity.item<double>();
    losses.total = balance(rank, diversity);
  } else {
    losses.total = rank * balance.ranking;
  }
  return losses;
}

}  // namespace program
