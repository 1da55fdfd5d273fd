// One split as the model takes it: images and captions, each from a source of its own.
#pragma once

#include <variant>
#include <vector>

#include "app/config.hpp"
#include "batches.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/sources/streams.hpp"
#include "mgan/text/vocabulary.hpp"
#include "photographs.hpp"

namespace program {

/// Captions as ids, for a text encoder that is trained from scratch.
class CaptionIds {
 public:
  /// Captions that are cut are counted in a warning of `dataset`.
  CaptionIds(mgan::data::Dataset& dataset, const mgan::text::Vocabulary& vocabulary, const ModelConfig& model,
             const RecipeConfig& recipe);

  std::int64_t length(const CaptionIndex& c) const {
    return static_cast<std::int64_t>(ids_[c.image][c.caption].size());
  }
  /// The captions as they are, or (seed != 0, and the recipe asks for it) with some words unknown.
  CaptionBatch batch(const std::vector<CaptionIndex>& which, std::uint64_t seed) const;

 private:
  double word_dropout_;
  std::vector<std::vector<std::vector<std::int64_t>>> ids_;  // image, caption, ids
};

/// Re-entrant once it is made.
class Samples {
 public:
  using Images = std::variant<Photographs, mgan::sources::ImageStream>;
  using Words = std::variant<CaptionIds, mgan::sources::WordStream>;

  /// `dataset`: names, captions and warnings of the images that both sources have, in their order.
  Samples(mgan::data::Dataset dataset, Images images, Words words);

  std::size_t size() const { return dataset_.examples.size(); }
  const mgan::data::Dataset& dataset() const { return dataset_; }
  const std::vector<CaptionIndex>& captions() const { return captions_; }
  /// Of a split with photographs alone.
  const mgan::data::Picture& picture(std::size_t image) const { return std::get<Photographs>(images_).picture(image); }

  /// The images as they are, or (seed != 0, and the recipe asks for it) randomly cropped.
  ImageBatch images(const std::vector<std::int64_t>& which, std::uint64_t seed = 0) const;
  /// The captions as they are, or (seed != 0, and the recipe asks for it) with some words unknown.
  CaptionBatch tokens(const std::vector<CaptionIndex>& which, std::uint64_t seed = 0) const;
  /// Tokens of one caption: which captions are padded together.
  std::int64_t length(const CaptionIndex& c) const;
  /// Null where the encoder on that side is trained from scratch.
  const mgan::sources::ImageStream* image_stream() const { return std::get_if<mgan::sources::ImageStream>(&images_); }
  const mgan::sources::WordStream* word_stream() const { return std::get_if<mgan::sources::WordStream>(&words_); }

 private:
  mgan::data::Dataset dataset_;
  Images images_;
  Words words_;
  std::vector<CaptionIndex> captions_;
};

}  // namespace program
