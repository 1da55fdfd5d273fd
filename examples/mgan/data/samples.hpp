// Examples of a data set as batches: pictures of one size, boxes in their pixels, captions as ids.
#pragma once

#include <memory>
#include <vector>

#include "app/config.hpp"
#include "mgan/data/broken_pictures.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/encoders/token_batch.hpp"
#include "mgan/text/vocabulary.hpp"

namespace program {

class FeatureSource;

/// What the model takes of I images: pictures, or features in their place.
struct ImageBatch {
  at::Tensor pictures;         // (I, 3, S, S), normalised
  at::Tensor boxes;            // (I, R, 4), pixels of the S x S picture, or of the images that the features are of
  at::Tensor region_lengths;   // (I)
  at::Tensor image_sizes;      // (I, 2)
  at::Tensor region_pixels;    // (I, R, 192), undefined unless they are asked for
  at::Tensor features;         // (I, R, d_r) of feature files; undefined where there are pictures
  at::Tensor tokens, regions;  // (I, 1+M, d_p), (I, R, d_p) of published encoders; undefined without them
  std::vector<std::int64_t> image_ids;
};

/// What it takes of T captions: ids, or the states (T, n, d_w) of a published BERT.
struct CaptionBatch : mgan::encoders::TokenBatch {
  at::Tensor states;
};

/// A caption's place: image and number.
struct CaptionIndex {
  std::size_t image, caption;
};

/// One split, its pictures resized and kept in memory, or its features read when they are asked for; its captions
/// encoded. Re-entrant once it is made.
class Samples {
 public:
  Samples(mgan::data::Dataset dataset, const mgan::text::Vocabulary& vocabulary, const ModelConfig& model,
          const RecipeConfig& recipe, const DataConfig& data);

  /// A split that published encoders have seen already.
  Samples(std::shared_ptr<const FeatureSource> features, mgan::data::Dataset dataset);

  std::size_t size() const { return dataset_.examples.size(); }
  const mgan::data::Dataset& dataset() const { return dataset_; }
  const std::vector<CaptionIndex>& captions() const { return captions_; }
  const mgan::data::Picture& picture(std::size_t image) const { return pictures_[image]; }

  /// The images as they are, or (seed != 0, and the recipe asks for it) randomly cropped.
  ImageBatch images(const std::vector<std::int64_t>& which, std::uint64_t seed = 0) const;
  /// The captions as they are, or (seed != 0, and the recipe asks for it) with some words unknown.
  CaptionBatch tokens(const std::vector<CaptionIndex>& which, std::uint64_t seed = 0) const;
  /// Tokens of one caption: which captions are padded together.
  std::int64_t length(const CaptionIndex& c) const;
  /// Null for encoders that are trained from scratch.
  const FeatureSource* published() const { return features_.get(); }

 private:
  void load_pictures(mgan::data::BrokenPictures broken);
  ImageBatch features(const std::vector<std::int64_t>& which) const;

  mgan::data::Dataset dataset_;
  std::shared_ptr<const FeatureSource> features_;
  std::int64_t side_ = 0;    // of a picture that the model takes
  std::int64_t stored_ = 0;  // of a picture in memory; larger when it is cropped at random
  bool region_pixels_ = false, crop_ = false, flip_ = false;
  double word_dropout_ = 0;
  std::vector<mgan::data::Picture> pictures_;                // stored x stored
  std::vector<std::vector<mgan::data::Box>> boxes_;          // in stored pixels
  std::vector<std::vector<std::vector<std::int64_t>>> ids_;  // image, caption, ids
  std::vector<CaptionIndex> captions_;
};

/// Whether --data names a folder of region features in SCAN's layout.
bool has_region_features(const DataConfig& config);
/// A split as the configuration names it; `test` is opened only when it is asked for by name.
mgan::data::Dataset open_dataset(const DataConfig& config, mgan::data::Split split);
/// The vocabulary of the training captions.
mgan::text::Vocabulary training_vocabulary(const mgan::data::Dataset& train, const DataConfig& config);

}  // namespace program
