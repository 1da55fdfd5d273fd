#include "samples.hpp"

#include <random>

#include "mgan/core/error.hpp"
#include "mgan/encoders/token_batch.hpp"

namespace program {

CaptionIds::CaptionIds(mgan::data::Dataset& dataset, const mgan::text::Vocabulary& vocabulary, const ModelConfig& model,
                       const RecipeConfig& recipe)
    : word_dropout_(dataset.split == mgan::data::Split::train ? recipe.word_dropout : 0) {
  mgan::require(recipe.word_dropout >= 0 && recipe.word_dropout < 1, "word_dropout is ", recipe.word_dropout,
                ", expected 0 or more, below 1");
  std::size_t truncated = 0;
  for (const auto& example : dataset.examples) {
    ids_.emplace_back();
    for (const std::string& caption : example.captions)
      ids_.back().push_back(vocabulary.encode(caption, static_cast<std::size_t>(model.max_words), truncated));
  }
  if (truncated > 0) {
    dataset.warnings.push_back(std::to_string(truncated) + " captions are cut to " + std::to_string(model.max_words) +
                               " words");
  }
}

CaptionBatch CaptionIds::batch(const std::vector<CaptionIndex>& which, std::uint64_t seed) const {
  std::vector<std::vector<std::int64_t>> captions;
  const auto dropped = static_cast<std::uint64_t>(word_dropout_ * 0x1p32);  // of 2^32
  std::mt19937_64 bits(seed);
  for (const CaptionIndex& c : which) {
    captions.push_back(ids_[c.image][c.caption]);
    if (seed == 0 || dropped == 0) continue;
    for (std::size_t w = 1; w + 1 < captions.back().size(); ++w)  // [CLS] and [SEP] stay
      if ((bits() >> 32) < dropped) captions.back()[w] = mgan::text::Vocabulary::unknown;
  }
  const auto batch = mgan::encoders::token_batch(captions, mgan::text::Vocabulary::pad);
  return {batch.lengths, WordIds{batch.ids}};
}

Samples::Samples(mgan::data::Dataset dataset, Images images, Words words)
    : dataset_(std::move(dataset)), images_(std::move(images)), words_(std::move(words)) {
  for (std::size_t i = 0; i < dataset_.examples.size(); ++i)
    for (std::size_t c = 0; c < dataset_.examples[i].captions.size(); ++c) captions_.push_back({i, c});
}

std::int64_t Samples::length(const CaptionIndex& c) const {
  return std::visit([&](const auto& words) { return std::int64_t{words.length(c)}; }, words_);
}

ImageBatch Samples::images(const std::vector<std::int64_t>& which, std::uint64_t seed) const {
  if (const auto* photographs = std::get_if<Photographs>(&images_)) return photographs->batch(which, seed);
  mgan::sources::ImageBatch batch = image_stream()->batch(which, seed);
  return {batch.regions.boxes, batch.regions.lengths, batch.regions.image_sizes,
          Features{batch.regions.features, batch.tokens}, which};
}

CaptionBatch Samples::tokens(const std::vector<CaptionIndex>& which, std::uint64_t seed) const {
  if (const auto* ids = std::get_if<CaptionIds>(&words_)) return ids->batch(which, seed);
  mgan::sources::WordBatch batch = word_stream()->batch(which);
  return {batch.lengths, WordStates{batch.states}};
}

}  // namespace program
