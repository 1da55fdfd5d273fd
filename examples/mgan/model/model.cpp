#include "model.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "app/device.hpp"
#include "mgan/alignment/all_pairs.hpp"
#include "mgan/encoders/hugging_face.hpp"
#include "mgan/loss/distillation_loss.hpp"
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

/// The batch on another device; what is there already is not copied.
ImageBatch on_device(ImageBatch images, at::Device device) {
  std::vector<at::Tensor*> tensors{&images.boxes, &images.region_lengths, &images.image_sizes};
  if (auto* pixels = std::get_if<Pixels>(&images.inputs)) {
    tensors.insert(tensors.end(), {&pixels->pictures, &pixels->region_pixels});
  } else {
    auto& features = std::get<Features>(images.inputs);
    tensors.insert(tensors.end(), {&features.regions, &features.tokens});
  }
  for (at::Tensor* x : tensors)
    if (x->defined()) *x = x->to(device);
  return images;
}
CaptionBatch on_device(CaptionBatch captions, at::Device device) {
  captions.lengths = captions.lengths.to(device);
  if (auto* words = std::get_if<WordIds>(&captions.inputs)) words->ids = words->ids.to(device);
  else if (auto* states = std::get_if<WordStates>(&captions.inputs)) states->states = states->states.to(device);
  return captions;
}

mgan::RegionPositions positions_of(Positions positions) {
  return positions == Positions::none ? mgan::RegionPositions::none : mgan::RegionPositions::boxes;
}

/// Weights in the shapes that a checkpoint of this configuration has; their numbers come from it.
Standardization shaped(std::int64_t width) { return {at::zeros({width}), at::ones({width})}; }

FeatureFront feature_front(const Config& config, std::int64_t region_width) {
  FeatureFront front;
  if (!config.encoders.used() || config.encoders.standardize == Standardize::none) return front;
  front.cls = shaped(config.model.vision_width);
  front.patches = shaped(config.model.vision_width);
  front.regions = shaped(region_width);
  return front;
}

StateFront state_front(const Config& config, bool bf16) {
  const EncodersConfig& e = config.encoders;
  mgan::require(e.tuned_layers == 0 || e.tuned_layers == 1, "tuned_layers is ", e.tuned_layers,
                ", expected 0 or 1: a cache holds the states around the last layer");
  StateFront front{{}, {}, bf16};
  if (e.standardize != Standardize::none) front.words = shaped(config.model.text_width);
  if (e.tuned_layers == 0) return front;
  const auto last = mgan::encoders::load_text_encoder(e.text).last_layer();
  mgan::require(last.has_value(), e.text, ": the last layer of this text encoder cannot be tuned; --tuned-layers 0");
  front.tuned.push_back(*last);
  return front;
}

/// DistillationLoss of every group of captions (I, C I), the mean over groups.
at::Tensor distilled(const LossConfig& config, const at::Tensor& student, const at::Tensor& teacher) {
  mgan::require(teacher.sizes() == student.sizes(), "the teacher's scores are ", teacher.sizes().vec(),
                ", the model's ", student.sizes().vec());
  const mgan::DistillationLoss loss{config.student_temperature, config.teacher_temperature};
  const std::int64_t I = student.size(0), groups = student.size(1) / I;
  at::Tensor sum;
  for (std::int64_t c = 0; c < groups; ++c) {
    const at::Tensor group = loss(student.narrow(1, c * I, I), teacher.narrow(1, c * I, I));
    sum = sum.defined() ? sum + group : group;
  }
  return sum / groups;
}

void standardize(Standardization& s, const mgan::encoders::Moments& moments, bool scale) {
  s.mean.copy_(moments.mean());
  if (scale) s.deviation.copy_(moments.deviation());
}

}  // namespace

void standardize_features(Model& model, const Config& config, const Samples& train) {
  const at::NoGradGuard no_grad;
  if (!config.encoders.used() || config.encoders.standardize == Standardize::none) return;
  const bool scale = config.encoders.standardize == Standardize::scale;
  mgan::encoders::Moments cls, patches, regions, words;
  train.image_stream()->pieces([&](const at::Tensor& rows, const at::Tensor& tokens) {
    if (rows.defined()) regions.add(rows);
    if (!tokens.defined()) return;
    cls.add(tokens.select(1, 0));
    patches.add(tokens.narrow(1, 1, tokens.size(1) - 1));
  });
  train.word_stream()->pieces([&](const at::Tensor& states) { words.add(states); });
  auto& front = std::get<FeatureFront>(model.image_front);
  standardize(front.cls, cls, scale);
  standardize(front.patches, patches, scale);
  standardize(front.regions, regions, scale);
  standardize(std::get<StateFront>(model.text_front).words, words, scale);
}

Model Model::create(const Config& config, std::uint64_t seed) {
  check(config);
  const ModelConfig& c = config.model;
  const auto words = static_cast<std::int64_t>(config.vocabulary.size());
  const bool given = c.regions == Regions::features;
  const bool published = config.encoders.used();
  mgan::require(!given || published || (c.patch_alignment == "none" && c.global_alignment == "none"),
                "region features alone have neither patches nor [CLS]: --patch-alignment and --global-alignment are '",
                c.patch_alignment, "' and '", c.global_alignment, "', expected none");
  const std::int64_t region_width = given                          ? c.region_width
                                    : c.regions == Regions::pixels ? 3 * pixel_side * pixel_side
                                                                   : c.vision_width;
  const AlignmentSizes sizes{{c.width, c.n_views, c.heads, c.k, c.max_words, c.temperature, c.interaction_start,
                              seed + 1, c.region_slots, c.similarity_width},
                             c.scorer};

  const bool bf16 = c.precision != Products::fp32;
  std::variant<PixelFront, FeatureFront> image_front = feature_front(config, region_width);
  if (!published && !given)
    image_front =
        PixelFront{mgan::encoders::VisionTransformer::create(vision_config(c)), c.regions == Regions::tokens, bf16};
  std::variant<IdFront, StateFront> text_front;
  if (published) text_front = state_front(config, bf16);
  else text_front = IdFront{mgan::encoders::TextTransformer::create(text_config(c, words)), bf16};
  Model model{
      c,
      std::move(image_front),
      std::move(text_front),
      {decltype(Matcher::regions)::create(region_width, c.width, positions_of(config.data.positions),
                                          make_refinement(c.refine_regions, c, seed + 2)),
       decltype(Matcher::patches)::create(c.vision_width, c.width, make_refinement(c.refine_patches, c, seed + 3)),
       decltype(Matcher::text)::create(c.text_width, c.width, make_refinement(c.refine_words, c, seed + 4)),
       make_alignment(&NamedModule::region, c.region_alignment, sizes),
       mgan::PatchSelector<at::Tensor>::create(c.width, c.k),
       make_alignment(&NamedModule::patch, c.patch_alignment, sizes),
       make_alignment(&NamedModule::global, c.global_alignment, sizes),
       {c.region_weight, c.global_weight, c.patch_weight}},
      BatchLoss::create(config.recipe, config.loss)};
  const AnyRegionAlignment& region = model.matcher.region_alignment;
  mgan::require(!region.enabled() || !region->needs_boxes() || config.data.positions == Positions::boxes,
                "--region-alignment ", c.region_alignment, " needs the boxes of its regions: --positions is none");
  if (published) mgan::initialize(model.matcher, seed);
  else mgan::initialize(model, seed);
  return model;
}

void Model::move_to(at::Device to) {
  mgan::train::to(*this, to, at::kFloat);
  device = to;
}

MatcherState Model::prepare_images(const ImageBatch& images, const TrainingStep* step) const {
  const ImageBatch here = on_device(images, device);
  const ImageInputs inputs = std::visit([&](const auto& front) { return front(here); }, image_front);
  const mgan::ImageFeatures<at::Tensor, Ragged> given{mgan::ragged(inputs.regions, here.region_lengths, "regions"),
                                                      here.boxes, here.image_sizes, inputs.tokens};
  const mgan::train::Autocast half(device.type(), config.precision == Products::bf16_all);
  return step ? matcher.prepare_image(given, *step) : matcher.prepare_image(given);
}

MatcherState Model::prepare_texts(const CaptionBatch& captions, const TrainingStep* step) const {
  const CaptionBatch here = on_device(captions, device);
  const at::Tensor words = std::visit([&](const auto& front) { return front(here); }, text_front);  // (T, n, d_w)
  const mgan::train::Autocast half(device.type(), config.precision == Products::bf16_all);
  // [SEP] is the last real token of each row: one token less, and it is padding.
  const Ragged tokens = mgan::ragged(words.narrow(1, 0, words.size(1) - 1), here.lengths - 1, "captions");
  return step ? matcher.prepare_text(tokens, *step) : matcher.prepare_text(tokens);
}

at::Tensor Model::kept_patches(const ImageBatch& images) const {
  const ImageBatch here = on_device(images, device);
  const ImageInputs inputs = std::visit([&](const auto& front) { return front(here); }, image_front);
  const mgan::train::Autocast half(device.type(), config.precision == Products::bf16_all);
  const auto embedded = matcher.patches(inputs.tokens);
  return matcher.selector.indices(matcher.selector.scores(embedded.patches, embedded.global));
}

Scores Model::parts(const MatcherState& images, const MatcherState& texts, const TrainingStep* step) const {
  const auto scores = [step](const auto& module, const AnyState& i, const AnyState& t) {
    if (!mgan::is_enabled(module)) return at::Tensor();
    return step ? mgan::score_all(module, i, t, *step) : mgan::score_all(module, i, t);
  };
  return {scores(matcher.region_alignment, images.region, texts.region),
          scores(matcher.global_alignment, images.global, texts.global),
          scores(matcher.patch_alignment, images.patch, texts.patch)};
}

at::Tensor Model::combine(const Scores& parts) const {
  return matcher.combine(mgan::GranularityScores{parts.region, parts.global, parts.patch});
}

Losses matching_loss(const Model& model, const Config& config, const BatchLoss& loss, const PreparedBatch& batch,
                     LossOn on, const TrainingStep* step) {
  const RecipeConfig& recipe = config.recipe;
  const std::vector<std::int64_t>& image_ids = batch.image_ids;
  const Scores parts = model.parts(batch.images, batch.texts, step);
  if (on == LossOn::patches) mgan::require(parts.patch.defined(), "a start on the patches, but they are left out");
  const at::Tensor scores = on == LossOn::patches ? parts.patch : model.combine(parts);  // (I, C I)
  at::Tensor rank = loss(scores, image_ids);

  const auto balance =
      recipe.balance == Balance::as_printed ? mgan::LossBalance::as_printed() : mgan::LossBalance::camera();
  Losses losses;
  losses.ranking = rank.item<double>();
  if (on == LossOn::patches) {
    losses.total = rank * balance.ranking;
    return losses;
  }
  if (recipe.patch_loss != 0 && parts.patch.defined()) rank = rank + loss(parts.patch, image_ids) * recipe.patch_loss;
  if (recipe.granularity_loss != 0) {
    for (const at::Tensor& alone : {parts.region, parts.global, parts.patch})
      if (alone.defined()) rank = rank + loss(alone, image_ids) * recipe.granularity_loss;
  }
  // Terms are sums over the batch where the loss is one, else means.
  const double images_in_batch = static_cast<double>(scores.size(0)), share = loss.is_sum() ? 1 : 1 / images_in_batch;
  if (batch.teacher.defined()) {
    const at::Tensor divergence = distilled(config.loss, scores, batch.teacher);
    losses.distillation = divergence.item<double>();
    rank = rank + divergence * (config.loss.distillation * images_in_batch * share);
  }
  at::Tensor logits;  // (I, R, N)
  if (mgan::is_enabled(model.matcher.region_alignment))
    logits = model.matcher.region_alignment->assignment_logits(batch.images.region);
  if (logits.defined()) {
    const at::Tensor diversity = mgan::DiversityRegularization{}(logits).sum();
    losses.diversity = diversity.item<double>();
    losses.total = balance(rank, loss.is_sum() ? diversity : diversity * share);
  } else {
    losses.total = rank * balance.ranking;
  }
  return losses;
}

}  // namespace program
