// Everything that decides what a run computes. Stored as JSON inside every checkpoint.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/io/json.hpp"
#include "modes.hpp"

namespace program {

/// Where images, captions and boxes come from.
struct DataConfig {
  DataChoice data;     // scenes, a Karpathy JSON file or the folder of one, a SCAN feature folder, or a cache
  std::string images;  // folder of the photographs; empty: images/ beside the JSON file
  std::string cache, word_cache;  // patches and words joined to the region features of `data`; empty: none, the same
  mgan::data::JoinBy join_by = mgan::data::JoinBy::any;
  mgan::data::MissingImages missing = mgan::data::MissingImages::fatal;
  BoxChoice boxes;        // annotated (the objects of scenes), grid, both (of a cache), or a JSON file of boxes
  std::int64_t grid = 3;  // grid x grid boxes and the whole picture, where no boxes are given
  std::int64_t train_scenes = 4000;
  std::int64_t validation_scenes = 200;
  std::uint64_t scenes_seed = 1;
  std::int64_t min_count = 2;  // of a word in the training captions to enter the vocabulary
  bool restval = true;         // COCO: train on train and restval
  bool testall = false;        // SCAN folders: the test split is testall_*
  mgan::data::BrokenPictures broken_pictures = mgan::data::BrokenPictures::fatal;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(DataConfig, data, images, cache, word_cache, join_by, missing, boxes,
                                              grid, train_scenes, validation_scenes, scenes_seed, min_count, restval,
                                              testall, broken_pictures)
};

/// Sizes and modules.
struct ModelConfig {
  std::int64_t image_size = 64, patch_size = 16;
  std::int64_t vision_width = 128, vision_layers = 3, vision_heads = 4;
  std::int64_t text_width = 128, text_layers = 2, text_heads = 4;
  std::int64_t width = 256;  // D
  std::int64_t n_views = 12, heads = 8, k = 8, max_words = 32;
  double temperature = 1;
  double interaction_start = 1;  // the interaction's matrices start as this times the identity
  Regions regions = Regions::pixels;
  std::int64_t region_width = 0;  // d_r of given features
  std::string region_alignment = "views", global_alignment = "cosine", patch_alignment = "interaction";
  double region_weight = 1.0, global_weight = 0.6, patch_weight = 0.2;
  Scorer scorer = Scorer::fused;
  Precision precision = Precision::fp32;  // of the encoders' products; what follows them is fp32
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(ModelConfig, image_size, patch_size, vision_width, vision_layers,
                                              vision_heads, text_width, text_layers, text_heads, width, n_views, heads,
                                              k, max_words, temperature, interaction_start, regions, region_width,
                                              region_alignment, global_alignment, patch_alignment, region_weight,
                                              global_weight, patch_weight, scorer, precision)
};

/// Published encoders in front of the matcher; empty folders: encoders of ModelConfig, trained from scratch.
struct EncodersConfig {
  std::string vision, text;                // Hugging Face folders
  std::string vision_sha256, text_sha256;  // of weights, configuration and vocabulary
  mgan::encoders::PictureFit fit = mgan::encoders::PictureFit::squash;
  std::optional<DataChoice> raw_data;  // what the cache was made of
  std::optional<BoxChoice> raw_boxes;  // none: the grid alone
  std::int64_t tuned_layers = 0;       // last layers of BERT that are trained: 0 (MGAN*) or 1 (MGAN)
  double text_learning_rate = 1e-5;    // of these
  Standardize standardize = Standardize::none;
  bool used() const { return !vision.empty(); }
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(EncodersConfig, vision, text, vision_sha256, text_sha256, fit, raw_data,
                                              raw_boxes, tuned_layers, text_learning_rate, standardize)
};

/// Section 5's recipe and what a run from scratch needs beside it.
struct RecipeConfig {
  std::int64_t epochs = 30, batch = 128, captions_per_image = 1;
  double learning_rate = 1e-4, decay = 0.1, clip = 2.0, margin = 0.2;
  std::int64_t decay_every = 10;
  std::int64_t warmup_epochs = 0;  // epochs with all negatives instead of the hardest
  std::int64_t warmup_steps = 0;   // steps of a learning rate that rises linearly
  Balance balance = Balance::camera;
  double patch_loss = 0;          // the same for the patch score alone
  std::int64_t patch_epochs = 0;  // epochs at the start that train the patch score alone
  double granularity_loss = 0;    // weight of the ranking loss of every granularity on its own, beside the sum's
  double weight_decay = 0;        // decoupled, on matrices
  double word_dropout = 0;        // share of a training caption's words that become [UNK]
  Augment augment = Augment::none;
  std::uint64_t seed = 1;
  std::int64_t validate_every = 1;     // epochs
  std::int64_t validation_images = 0;  // 0: all
  std::int64_t checkpoint_every = 0;   // steps; 0: at the end of every epoch alone
  std::int64_t epoch_steps = 0;        // steps an epoch at most; 0: once through the images
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(RecipeConfig, epochs, batch, captions_per_image, learning_rate, decay,
                                              clip, margin, decay_every, warmup_epochs, warmup_steps, balance,
                                              patch_loss, patch_epochs, granularity_loss, weight_decay, word_dropout,
                                              augment, seed, validate_every, validation_images, checkpoint_every,
                                              epoch_steps)
};

struct Config {
  DataConfig data;
  ModelConfig model;
  RecipeConfig recipe;
  EncodersConfig encoders;
  std::vector<std::string> vocabulary;  // words in the order of their ids; empty with published encoders
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(Config, data, model, recipe, encoders, vocabulary)
};

/// What differs between two configurations, `/recipe/epochs 8 -> 9, ...`; empty when nothing does. A field that an
/// older version did not have yet does not differ when it has its default.
inline std::string differences(const mgan::io::Json& stored, const mgan::io::Json& wanted) {
  std::string text;
  const mgan::io::Json defaults = Config{};
  for (const mgan::io::Json& change : mgan::io::Json::diff(stored, wanted)) {
    const std::string path = change["path"];
    const mgan::io::Json::json_pointer field(path);
    const bool is_new = !stored.contains(field) && defaults.contains(field) && defaults[field] == wanted[field];
    if (is_new) continue;
    const auto value = [&](const mgan::io::Json& config) {
      return config.contains(field) ? config[field].dump() : std::string("nothing");
    };
    if (path.rfind("/vocabulary", 0) == 0) return text + (text.empty() ? "" : ", ") + "the vocabulary";
    text += (text.empty() ? "" : ", ") + path.substr(1) + " " + value(stored) + " -> " + value(wanted);
  }
  return text;
}

/// The paper's recipe and sizes.
inline Config paper_preset() {
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

/// Small enough to train from scratch on two cores. Sums over all negatives before the hardest, at a tenth of the rate:
/// docs/results.md has the recipes that were tried.
inline Config demo_preset() {
  Config c;
  c.recipe.epochs = 8;
  c.recipe.batch = 64;
  c.recipe.learning_rate = 1e-3;
  c.recipe.decay_every = 6;
  c.recipe.warmup_epochs = 6;
  c.recipe.warmup_steps = 50;
  return c;
}

/// The same for photographs: larger pictures, augmentation, more captions a step, a ranking loss on every granularity
/// (without it the [CLS] vectors stay at chance), and a validation that does not cost more than the training.
inline Config demo_preset_for_photographs() {
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

/// What region features allow: the region granularity alone, since there are no pictures.
inline void regions_alone(Config& c) {
  c.model.regions = Regions::features;
  c.model.patch_alignment = c.model.global_alignment = "none";
  c.recipe.augment = Augment::none;
}

/// On frozen published encoders: `mgan-star` leaves both alone, `mgan` tunes the last layer of BERT. Short runs at
/// D = 256; docs/results.md has the recipes that were tried.
inline Config published_preset(bool tune) {
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

/// A preset by name, for the data it is to be used on.
inline Config preset(Preset name, const DataChoice& data) {
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

}  // namespace program
