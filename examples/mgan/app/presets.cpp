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

/// On frozen published encoders: `mgan-star` leaves both alone, `mgan` tunes the last layer of BERT. Short runs at
/// D = 256; docs/results.md has the recipes that were tried.
Config published_preset(bool tune) {
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
  c.encoders.tuned_layers = tune ? 1 : 0;
  c.encoders.text_learning_rate = 5e-5;
  c.encoders.standardize = Standardize::scale;
  return c;
}

}  // namespace

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
      return published_preset(false);
    case Preset::mgan:
      return published_preset(true);
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
