// Everything that decides what a run computes. Stored as JSON inside every checkpoint. What each field means, and which
// values it takes, stands in config_fields.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mgan/io/json.hpp"
#include "modes.hpp"

namespace program {

/// Where images, captions and boxes come from.
struct DataConfig {
  DataChoice data;
  std::string images, ids;
  std::string cache, word_cache;  // patches and words joined to the region features of `data`; empty: none, the same
  mgan::data::JoinBy join_by = mgan::data::JoinBy::any;
  mgan::data::MissingImages missing = mgan::data::MissingImages::fatal;
  BoxChoice boxes;
  Positions positions = Positions::boxes;
  std::int64_t grid = 3;
  std::int64_t train_scenes = 4000, validation_scenes = 200;
  std::uint64_t scenes_seed = 1;
  std::int64_t min_count = 2;
  bool restval = true;
  bool testall = false;
  mgan::data::BrokenPictures broken_pictures = mgan::data::BrokenPictures::fatal;
};

/// Sizes and modules.
struct ModelConfig {
  std::int64_t image_size = 64, patch_size = 16;
  std::int64_t vision_width = 128, vision_layers = 3, vision_heads = 4;
  std::int64_t text_width = 128, text_layers = 2, text_heads = 4;
  std::int64_t width = 256;  // D
  std::int64_t n_views = 12, heads = 8, k = 8, max_words = 32;
  std::int64_t region_slots = 36, similarity_width = 256;  // of modules that have them
  double temperature = 1;
  double interaction_start = 1;
  Regions regions = Regions::pixels;
  std::int64_t region_width = 0;  // d_r of given features
  std::string region_alignment = "views", global_alignment = "cosine", patch_alignment = "interaction";
  Refinement refine_regions = Refinement::none, refine_patches = Refinement::none, refine_words = Refinement::none;
  std::int64_t refine_heads = 8, refine_layers = 0;
  double region_weight = 1.0, global_weight = 0.6, patch_weight = 0.2;
  Scorer scorer = Scorer::fused;
  Products precision = Products::fp32;
};

/// Published encoders in front of the matcher; empty folders: encoders of ModelConfig, trained from scratch.
struct EncodersConfig {
  std::string vision, text;                // Hugging Face folders
  std::string vision_sha256, text_sha256;  // of weights, configuration and vocabulary
  mgan::encoders::PictureFit fit = mgan::encoders::PictureFit::squash;
  std::optional<DataChoice> raw_data;  // what the cache was made of
  std::optional<BoxChoice> raw_boxes;  // none: the grid alone
  std::int64_t tuned_layers = 0;
  double text_learning_rate = 1e-5;
  Standardize standardize = Standardize::none;
  bool used() const { return !vision.empty(); }
};

/// Section 5's recipe and what a run from scratch needs beside it.
struct RecipeConfig {
  std::int64_t epochs = 30, batch = 128, captions_per_image = 1;
  EpochOf epoch_of = EpochOf::images;
  double learning_rate = 1e-4, decay = 0.1, clip = 2.0, margin = 0.2;
  RateSchedule schedule = RateSchedule::step;
  std::int64_t decay_every = 10;
  std::int64_t warmup_epochs = 0, warmup_steps = 0;
  Balance balance = Balance::camera;
  double patch_loss = 0;
  std::int64_t patch_epochs = 0;
  double granularity_loss = 0;
  double weight_decay = 0;
  double word_dropout = 0;
  Augment augment = Augment::none;
  std::uint64_t seed = 1;
  std::int64_t validate_every = 1, validation_images = 0;
  std::int64_t checkpoint_every = 0, epoch_steps = 0;
  std::int64_t accumulate = 1, patience = 0;
  double average = 0;
};

/// What a batch's scores are trained by. The margin of the ranking loss and its epochs of all negatives are the
/// recipe's.
struct LossConfig {
  LossName name = LossName::triplet;
  mgan::Negatives negatives = mgan::Negatives::hardest;
  double annealing = 0.991;
  double temperature = 0.07;
  bool trained = true;
  double margin = 0;
  mgan::Combine combine = mgan::Combine::mean;
  double smoothing = 0;
  double scale = 10, bias = -10;
  double epsilon = 1e-6;
  std::int64_t ramp_epoch = 0;
  std::string teacher, teacher_sha256;
  double distillation = 1, student_temperature = 0.1, teacher_temperature = 0.1;
};

/// Whether --warmup-epochs say something: the loss looks at all negatives first and at the hardest then.
inline bool has_hardest(const LossConfig& loss) {
  return (loss.name == LossName::triplet || loss.name == LossName::cross_entropy) &&
         loss.negatives == mgan::Negatives::hardest;
}

struct Config {
  DataConfig data;
  ModelConfig model;
  RecipeConfig recipe;
  LossConfig loss;
  EncodersConfig encoders;
  std::vector<std::string> vocabulary;  // words in the order of their ids; empty with published encoders
};

/// Equal configurations give equal bytes.
void to_json(mgan::io::Json& json, const DataConfig& config);
void to_json(mgan::io::Json& json, const Config& config);
/// Fields that are not there keep their defaults. Errors name the field: one that is unknown, a value out of its range,
/// a word that is none of its words.
void from_json(const mgan::io::Json& json, Config& config);

/// What one field alone cannot tell: patches divide pictures, heads divide widths, k is no more than there are patches.
/// Errors name the options.
void check(const Config& config);

/// What differs between two configurations, `/recipe/epochs 8 -> 9, ...`; empty when nothing does. A field that an
/// older version did not have yet does not differ when it has its default.
std::string differences(const mgan::io::Json& stored, const mgan::io::Json& wanted);

}  // namespace program
