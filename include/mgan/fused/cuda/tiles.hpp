// Captions packed end to end, and the ranges of images and captions whose products exist at a time.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "mgan/core/list.hpp"
#include "mgan/fused/cuda/products.hpp"

namespace mgan::cuda {

/// Numbers of the host on a device.
template <class T>
at::Tensor on_device(const std::vector<T>& numbers, at::Device device) {
  at::Tensor x = at::empty({static_cast<std::int64_t>(numbers.size())}, sizeof(T) == 4 ? at::kInt : at::kLong);
  std::copy(numbers.begin(), numbers.end(), x.mutable_data_ptr<T>());
  return x.to(device);
}

/// Whole captions, and their words within the packed ones.
struct CaptionRange {
  std::int64_t begin = 0, texts = 0, first_word = 0, words = 0;
  int longest = 0;
  at::Tensor offsets;  // (texts + 1) int32, of a caption's first word within the range
};

struct Tiles {
  std::int64_t images = 0;             // of a tile, at most
  std::vector<CaptionRange> captions;  // in order
  at::Tensor places;                   // (N), of every packed word among (T L)

  /// Tiles of at most `floats` products, or of a single image and caption.
  Tiles(std::int64_t all_images, std::int64_t rows, std::int64_t width, const List<std::int64_t>& lengths,
        std::int64_t floats, at::Device device) {
    const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
    images = std::clamp<std::int64_t>(floats / (rows * longest), 1, std::min<std::int64_t>(all_images, 512));
    const std::int64_t most_words = std::min<std::int64_t>(floats / (rows * images), std::int64_t{1} << 30);

    std::vector<std::int64_t> where;
    std::vector<std::int32_t> offsets{0};
    CaptionRange range;
    const auto close = [&] {
      range.offsets = on_device(offsets, device);
      captions.push_back(range);
      range = {range.begin + range.texts, 0, range.first_word + range.words, 0, 0, {}};
      offsets = {0};
    };
    for (std::int64_t t = 0; t < lengths.count(); ++t) {
      if (range.texts > 0 && range.words + lengths[t] > most_words) close();
      for (std::int64_t l = 0; l < lengths[t]; ++l) where.push_back(t * width + l);
      ++range.texts;
      range.words += lengths[t];
      range.longest = std::max(range.longest, static_cast<int>(lengths[t]));
      offsets.push_back(static_cast<std::int32_t>(range.words));
    }
    close();
    places = on_device(where, device);
  }
};

/// words (T, L, D) -> (N, D), end to end and without padding.
inline at::Tensor packed(const at::Tensor& words, const at::Tensor& places) {
  return words.reshape({-1, words.size(2)}).index_select(0, places);
}
/// Rows of `count` images from image i on, (count, K, D) -> (K count, D): row k * count + i,
/// so that images are neighbours.
inline at::Tensor rows_of(const at::Tensor& image, std::int64_t i, std::int64_t count) {
  return image.narrow(0, i, count).transpose(0, 1).reshape({-1, image.size(2)});
}

}  // namespace mgan::cuda
