#include "photographs.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <thread>

#include "mgan/data/random_crop.hpp"
#include "mgan/encoders/image_batch.hpp"
#include "mgan/encoders/region_pixels.hpp"
#include "mgan/image/resize.hpp"
#include "mgan/sources/box_batch.hpp"

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

/// take(i, picture) for every picture of a data set; what cannot be read leaves it, where that is skipped. Returns
/// which images stay.
template <class Take>
std::vector<bool> for_each_picture(mgan::data::Dataset& dataset, mgan::data::BrokenPictures broken, Take&& take) {
  std::vector<std::vector<std::string>> reasons(dataset.examples.size());  // of a picture that is left out
  parallel_for(reasons.size(), [&](std::size_t i) {
    if (auto picture = mgan::data::load_or_skip([&] { return dataset.picture(i); }, broken, reasons[i]))
      take(i, std::move(*picture));
  });
  std::vector<bool> keep;
  for (const auto& reason : reasons) {
    keep.push_back(reason.empty());
    dataset.warnings.insert(dataset.warnings.end(), reason.begin(), reason.end());
  }
  if (std::find(keep.begin(), keep.end(), false) != keep.end()) mgan::data::keep_examples(dataset, keep);
  return keep;
}

}  // namespace

void leave_out_broken(mgan::data::Dataset& dataset) {
  for_each_picture(dataset, mgan::data::BrokenPictures::skip, [](std::size_t, Picture&&) {});
}

Photographs::Photographs(mgan::data::Dataset& dataset, const ModelConfig& model, const RecipeConfig& recipe,
                         const DataConfig& data)
    : side_(model.image_size),
      region_pixels_(model.regions == Regions::pixels),
      crop_(dataset.split == mgan::data::Split::train && recipe.augment != Augment::none),
      flip_(recipe.augment == Augment::flip) {
  stored_ = crop_ ? side_ + side_ / 8 : side_;
  const int side = static_cast<int>(stored_);
  pictures_.resize(dataset.examples.size());
  for_each_picture(dataset, data.broken_pictures, [&](std::size_t i, Picture&& picture) {
    const bool fits = picture.width == side && picture.height == side;
    pictures_[i] = fits ? std::move(picture) : mgan::image::resize(picture, side, side);
  });
  pictures_.erase(std::remove_if(pictures_.begin(), pictures_.end(), [](const Picture& p) { return p.rgb.empty(); }),
                  pictures_.end());
  for (const auto& example : dataset.examples) boxes_.push_back(square_boxes(example, data, stored_));
}

ImageBatch Photographs::batch(const std::vector<std::int64_t>& which, std::uint64_t seed) const {
  std::vector<Picture> pictures;
  std::vector<std::vector<Box>> boxes;
  std::vector<mgan::data::Example> seen;
  for (const std::int64_t index : which) {
    const auto i = static_cast<std::size_t>(index);
    if (crop_) {
      std::mt19937_64 bits(mgan::mix(seed, static_cast<std::uint64_t>(index)));
      auto view = mgan::data::RandomCrop{static_cast<int>(side_), flip_}(pictures_[i], boxes_[i], bits);
      pictures.push_back(std::move(view.picture));
      boxes.push_back(std::move(view.boxes));
    } else {
      pictures.push_back(pictures_[i]);
      boxes.push_back(boxes_[i]);
    }
    seen.emplace_back();
    seen.back().boxes = boxes.back();
    seen.back().width = seen.back().height = static_cast<int>(side_);
  }
  std::vector<const mgan::data::Example*> pointers;
  for (const auto& example : seen) pointers.push_back(&example);
  const auto regions = mgan::sources::box_batch(pointers);
  Pixels pixels{mgan::encoders::image_batch(pictures), {}};                                   // (I, 3, S, S)
  if (region_pixels_) pixels.region_pixels = mgan::encoders::region_pixels(pictures, boxes);  // (I, R, 192)
  return {regions.boxes, regions.lengths, regions.image_sizes, std::move(pixels), which};
}

}  // namespace program
