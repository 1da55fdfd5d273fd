#include "samples.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <random>
#include <thread>

#include "feature_source.hpp"
#include "mgan/encoders/image_batch.hpp"
#include "mgan/encoders/region_pixels.hpp"
#include "mgan/image/resize.hpp"
#include "mgan/train/shuffle.hpp"

namespace program {

using mgan::data::Box;
using mgan::data::Picture;

namespace {

/// Boxes of an example in the pixels of a square of `side`, with the whole picture as the last one.
std::vector<Box> square_boxes(const mgan::data::Example& example, const DataConfig& data, std::int64_t side) {
  std::vector<Box> boxes = example.boxes;
  if (data.data.scenes() && data.boxes == BoxKind::grid) {
    const int n = static_cast<int>(data.grid);
    boxes = mgan::data::grid_boxes(example.width, example.height, n, n, true);
  } else if (data.boxes != BoxKind::grid && (data.data.scenes() || data.boxes != BoxKind::annotated)) {
    boxes.push_back({0, 0, static_cast<float>(example.width), static_cast<float>(example.height)});
  }
  const float across = static_cast<float>(side) / static_cast<float>(example.width);
  const float down = static_cast<float>(side) / static_cast<float>(example.height);
  for (Box& box : boxes) box = {box.x1 * across, box.y1 * down, box.x2 * across, box.y2 * down};
  return boxes;
}

/// The part of a box inside a crop; boxes that keep less than 2 pixels a side are left out, the whole picture stays.
std::vector<Box> cropped_boxes(const std::vector<Box>& boxes, int left, int top, int side) {
  std::vector<Box> kept;
  const auto inside = [side](float x, int offset) {
    return std::clamp(x - static_cast<float>(offset), 0.0f, static_cast<float>(side));
  };
  for (const Box& box : boxes) {
    const Box cut{inside(box.x1, left), inside(box.y1, top), inside(box.x2, left), inside(box.y2, top)};
    if (cut.x2 - cut.x1 >= 2 && cut.y2 - cut.y1 >= 2) kept.push_back(cut);
  }
  return kept;
}

Picture cropped(const Picture& picture, int left, int top, int side) {
  Picture out{side, side,
              std::vector<std::uint8_t>(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3)};
  const auto row = static_cast<std::size_t>(side) * 3;
  for (int y = 0; y < side; ++y) {
    const auto from =
        (static_cast<std::size_t>(top + y) * static_cast<std::size_t>(picture.width) + static_cast<std::size_t>(left)) *
        3;
    std::copy_n(picture.rgb.begin() + static_cast<std::ptrdiff_t>(from), row,
                out.rgb.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(y) * row));
  }
  return out;
}

/// Left and right change places.
void mirror(Picture& picture, std::vector<Box>& boxes) {
  const auto width = static_cast<std::size_t>(picture.width);
  for (std::size_t y = 0; y < static_cast<std::size_t>(picture.height); ++y) {
    std::uint8_t* row = picture.rgb.data() + y * width * 3;
    for (std::size_t x = 0; x < width / 2; ++x)
      std::swap_ranges(row + 3 * x, row + 3 * x + 3, row + 3 * (width - 1 - x));
  }
  const auto w = static_cast<float>(picture.width);
  for (Box& box : boxes) box = {w - box.x2, box.y1, w - box.x1, box.y2};
}

/// f(i) for 0 .. n-1 on all cores; the first exception is thrown again.
template <class F>
void parallel_for(std::size_t n, F&& f) {
  const unsigned workers = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::exception_ptr> errors(workers);
  std::vector<std::thread> threads;
  for (unsigned w = 0; w < workers; ++w) {
    threads.emplace_back([&, w] {
      try {
        for (std::size_t i = w; i < n; i += workers) f(i);
      } catch (...) {
        errors[w] = std::current_exception();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace

Samples::Samples(mgan::data::Dataset dataset, const mgan::text::Vocabulary& vocabulary, const ModelConfig& model,
                 const RecipeConfig& recipe, const DataConfig& data)
    : dataset_(std::move(dataset)), side_(model.image_size) {
  mgan::require(recipe.word_dropout >= 0 && recipe.word_dropout < 1, "word_dropout is ", recipe.word_dropout,
                ", expected 0 or more, below 1");
  const bool training = dataset_.split == mgan::data::Split::train;
  crop_ = training && recipe.augment != Augment::none;
  flip_ = training && recipe.augment == Augment::flip;
  word_dropout_ = training ? recipe.word_dropout : 0;
  region_pixels_ = model.regions == Regions::pixels;
  stored_ = crop_ ? side_ + side_ / 8 : side_;

  const bool given = model.regions == Regions::features;
  mgan::require(given == bool{dataset_.regions}, dataset_.name,
                given ? " has pictures, but the model takes region features"
                      : " has region features, but the model takes pictures");
  mgan::require(!given || dataset_.region_width == model.region_width, dataset_.name, ": region features of width ",
                dataset_.region_width, ", but the model takes ", model.region_width);
  if (!given) load_pictures(data.broken_pictures);

  std::size_t truncated = 0;
  for (std::size_t i = 0; i < dataset_.examples.size(); ++i) {
    const auto& example = dataset_.examples[i];
    ids_.emplace_back();
    for (std::size_t c = 0; c < example.captions.size(); ++c) {
      ids_.back().push_back(
          vocabulary.encode(example.captions[c], static_cast<std::size_t>(model.max_words), truncated));
      captions_.push_back({i, c});
    }
    if (!given) boxes_.push_back(square_boxes(example, data, stored_));
  }
  if (truncated > 0) {
    dataset_.warnings.push_back(std::to_string(truncated) + " captions are cut to " + std::to_string(model.max_words) +
                                " words");
  }
}

void Samples::load_pictures(mgan::data::BrokenPictures broken) {
  const int side = static_cast<int>(stored_);
  std::vector<std::vector<std::string>> reasons(dataset_.examples.size());  // of a picture that is left out
  pictures_.resize(reasons.size());
  parallel_for(pictures_.size(), [&](std::size_t i) {
    auto picture = mgan::data::load_or_skip([&] { return dataset_.picture(i); }, broken, reasons[i]);
    if (!picture) return;
    const bool fits = picture->width == side && picture->height == side;
    pictures_[i] = fits ? std::move(*picture) : mgan::image::resize(*picture, side, side);
  });
  std::vector<bool> keep;
  for (const auto& reason : reasons) {
    keep.push_back(reason.empty());
    dataset_.warnings.insert(dataset_.warnings.end(), reason.begin(), reason.end());
  }
  if (std::find(keep.begin(), keep.end(), false) == keep.end()) return;
  mgan::data::keep_examples(dataset_, keep);
  pictures_.erase(std::remove_if(pictures_.begin(), pictures_.end(), [](const Picture& p) { return p.rgb.empty(); }),
                  pictures_.end());
}

ImageBatch Samples::features(const std::vector<std::int64_t>& which) const {
  const auto images = static_cast<std::int64_t>(which.size());
  const auto regions = static_cast<std::int64_t>(dataset_.examples[0].boxes.size());
  ImageBatch batch;
  batch.image_ids = which;
  batch.features = at::empty({images, regions, dataset_.region_width}, at::kFloat);  // (I, R, d_r)
  batch.boxes = at::empty({images, regions, 4}, at::kFloat);                         // (I, R, 4)
  batch.region_lengths = at::full({images}, regions, at::kLong);                     // (I)
  batch.image_sizes = at::empty({images, 2}, at::kFloat);                            // (I, 2)
  float *value = batch.features.mutable_data_ptr<float>(), *corner = batch.boxes.mutable_data_ptr<float>(),
        *side = batch.image_sizes.mutable_data_ptr<float>();
  for (const std::int64_t index : which) {
    const auto i = static_cast<std::size_t>(index);
    const auto& example = dataset_.examples[i];
    const std::vector<float> values = dataset_.regions(i);
    value = std::copy(values.begin(), values.end(), value);
    for (const Box& box : example.boxes)
      for (const float x : {box.x1, box.y1, box.x2, box.y2}) *corner++ = x;
    *side++ = static_cast<float>(example.width);
    *side++ = static_cast<float>(example.height);
  }
  return batch;
}

Samples::Samples(std::shared_ptr<const FeatureSource> features, mgan::data::Dataset dataset)
    : dataset_(std::move(dataset)), features_(std::move(features)) {
  for (std::size_t i = 0; i < dataset_.examples.size(); ++i)
    for (std::size_t c = 0; c < dataset_.examples[i].captions.size(); ++c) captions_.push_back({i, c});
}

std::int64_t Samples::length(const CaptionIndex& c) const {
  return features_ ? features_->length(c) : static_cast<std::int64_t>(ids_[c.image][c.caption].size());
}

ImageBatch Samples::images(const std::vector<std::int64_t>& which, std::uint64_t seed) const {
  if (dataset_.regions) return features(which);
  if (features_) return features_->images(which);
  std::vector<Picture> pictures;
  std::vector<std::vector<Box>> boxes;
  ImageBatch batch;
  std::size_t most = 0;
  for (const std::int64_t index : which) {
    const auto i = static_cast<std::size_t>(index);
    const auto margin = static_cast<std::uint64_t>(stored_ - side_);
    if (margin == 0) {
      pictures.push_back(pictures_[i]);
      boxes.push_back(boxes_[i]);
    } else {
      std::mt19937_64 bits(mgan::train::mix(seed, static_cast<std::uint64_t>(index)));
      const int left = static_cast<int>(mgan::train::draw_below(margin + 1, bits));
      const int top = static_cast<int>(mgan::train::draw_below(margin + 1, bits));
      pictures.push_back(cropped(pictures_[i], left, top, static_cast<int>(side_)));
      boxes.push_back(cropped_boxes(boxes_[i], left, top, static_cast<int>(side_)));
      if (flip_ && mgan::train::draw_below(2, bits) == 1) mirror(pictures.back(), boxes.back());
    }
    batch.image_ids.push_back(index);
    most = std::max(most, boxes.back().size());
  }

  const auto images = static_cast<std::int64_t>(which.size());
  batch.pictures = mgan::encoders::image_batch(pictures);                                    // (I, 3, S, S)
  batch.boxes = at::empty({images, static_cast<std::int64_t>(most), 4}, at::kFloat);         // (I, R, 4)
  batch.region_lengths = at::empty({images}, at::kLong);                                     // (I)
  batch.image_sizes = at::full({images, 2}, static_cast<double>(side_), at::kFloat);         // (I, 2)
  if (region_pixels_) batch.region_pixels = mgan::encoders::region_pixels(pictures, boxes);  // (I, R, 192)
  float* corner = batch.boxes.mutable_data_ptr<float>();
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    batch.region_lengths.mutable_data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(boxes[i].size());
    for (std::size_t r = 0; r < most; ++r) {
      const Box& box = boxes[i][r < boxes[i].size() ? r : 0];
      for (const float x : {box.x1, box.y1, box.x2, box.y2}) *corner++ = x;
    }
  }
  return batch;
}

CaptionBatch Samples::tokens(const std::vector<CaptionIndex>& which, std::uint64_t seed) const {
  if (features_) return features_->captions(which);
  std::vector<std::vector<std::int64_t>> captions;
  const auto dropped = static_cast<std::uint64_t>(word_dropout_ * 0x1p32);  // of 2^32
  std::mt19937_64 bits(seed);
  for (const CaptionIndex& c : which) {
    captions.push_back(ids_[c.image][c.caption]);
    if (seed == 0 || dropped == 0) continue;
    for (std::size_t w = 1; w + 1 < captions.back().size(); ++w)  // [CLS] and [SEP] stay
      if ((bits() >> 32) < dropped) captions.back()[w] = mgan::text::Vocabulary::unknown;
  }
  return {mgan::encoders::token_batch(captions, mgan::text::Vocabulary::pad), {}};
}

}  // namespace program
