#include "presets.hpp"

namespace program {

// Sums over all negatives before the hardest, at a tenth of the rate.
Config demo_preset() {
  Config c;
  c.recipe.epochs = 8;
  c.recipe.batch = 64;
  c.recipe.learning_rate = 1e-3;
  c.recipe.decay_every = 6;
  c.recipe.warmup_epochs = 6;
  c.recipe.warmup_steps = 50;
  return c;
}

namespace {

/// The paper's recipe and sizes.
Config paper_preset() {
  Config c;
  c.model = {.image_size = 224,
             .patch_size = 32,
             .vision_width = 768,
             .vision_layers = 12,
             .vision_heads = 12,
             .text_width = 768,
             .text_layers = 12,
             .text_heads = 12,
             .width = 2048,
             .k = 16,
             .regions = Regions::tokens};
  c.recipe.balance = Balance::as_printed;
  return c;
}

/// The same for photographs: larger pictures, augmentation, more captions a step, a ranking loss on every granularity
/// (without it the [CLS] vectors stay at chance), and a validation that does not cost more than the training.
Config demo_preset_for_photographs() {
  Config c = demo_preset();
  c.model.image_size = 96;
  c.model.vision_layers = 4;
  c.model.k = 16;
  c.model.regions = Regions::tokens;
  c.recipe.epochs = 20;
  c.recipe.learning_rate = 5e-4;
  c.recipe.decay_every = 14;
  c.recipe.warmup_epochs = 20;
  c.recipe.captions_per_image = 2;
  c.recipe.granularity_loss = 1;
  c.recipe.word_dropout = 0.1;
  c.recipe.augment = Augment::flip;
  c.recipe.validation_images = 300;
  c.recipe.validate_every = 2;
  return c;
}

/// The paper's experiment (docs/paper.md has its sentences): every number of section 3.3, on frozen CLIP and BERT,
/// `tune`: with the last layer of BERT. What the paper does not print is what docs/results.md measured best: an epoch
/// of all negatives, a ranking loss on every granularity, features of unit deviation.
Config paper_experiment(bool tune) {
  Config c;
  c.model.width = 2048;
  c.model.n_views = 12;
  c.model.k = 16;
  c.model.regions = Regions::tokens;
  c.model.region_weight = 1.0, c.model.global_weight = 0.6, c.model.patch_weight = 0.2;
  c.recipe.batch = 128;
  c.recipe.learning_rate = 1e-4;
  c.recipe.epochs = 30;
  c.recipe.decay_every = 10;
  c.recipe.epoch_of = EpochOf::captions;
  c.recipe.margin = 0.2;
  c.recipe.warmup_epochs = 1;
  c.recipe.granularity_loss = 1;
  c.encoders.tuned_layers = tune ? 1 : 0;
  c.encoders.text_learning_rate = c.recipe.learning_rate;
  c.encoders.standardize = Standardize::scale;
  return c;
}

/// Small and short, on frozen published encoders and regions pooled from their tokens; docs/results.md has the recipes
/// that were tried.
Config small_preset() {
  Config c;
  c.model.k = 16;
  c.model.regions = Regions::tokens;
  c.recipe.epochs = 10;
  c.recipe.batch = 128;
  c.recipe.learning_rate = 5e-4;
  c.recipe.decay_every = 8;
  c.recipe.warmup_epochs = 2;
  c.recipe.warmup_steps = 50;
  c.recipe.granularity_loss = 1;
  c.encoders.text_learning_rate = 5e-5;
  c.encoders.standardize = Standardize::scale;
  return c;
}

}  // namespace

void use_recipe(Config& c, Preset name, PaperRecipe recipe) {
  if (recipe == PaperRecipe::flickr30k) return;  // which they have
  mgan::require(name == Preset::paper || name == Preset::mgan || name == Preset::mgan_star, "--recipe ",
                word_of(recipe), ": the preset ", word_of(name), " has no epochs of the paper");
  c.recipe.epochs = 40;
  c.recipe.decay_every = 20;
}

void regions_alone(Config& c) {
  c.model.regions = Regions::features;
  c.model.patch_alignment = c.model.global_alignment = "none";
  c.recipe.augment = Augment::none;
}

Config preset(Preset name, const DataChoice& data) {
  switch (name) {
    case Preset::paper:
      return paper_preset();
    case Preset::mgan_star:
      return paper_experiment(false);
    case Preset::mgan:
      return paper_experiment(true);
    case Preset::mgan_small:
      return small_preset();
    case Preset::demo:
      break;
  }
  return data.scenes() ? demo_preset() : demo_preset_for_photographs();
}

std::vector<std::pair<std::string, Config>> named_presets() {
  std::vector<std::pair<std::string, Config>> all;
  for (const Word<Preset>& word : words_of<Preset>) {
    all.emplace_back(word.text, preset(word.value, {}));
    if (word.value == Preset::demo) all.emplace_back("photographs", demo_preset_for_photographs());
  }
  return all;
}

}  // namespace program
