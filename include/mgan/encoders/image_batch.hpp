// Pictures as an image encoder takes them: (x / 255 - mean) / deviation per channel.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/image/pixel_normalization.hpp"

namespace mgan::encoders {

/// I pictures of one size -> (I, 3, height, width), single precision on the CPU. Plain loops on the calling thread, fit
/// for a loader's workers. A picture of another size than the first is an error that names it.
template <class S>
at::Tensor image_batch(const std::vector<data::Picture>& pictures,
                       const image::BasicPixelNormalization<S>& normalization) {
  const int height = pictures.empty() ? 0 : pictures[0].height, width = pictures.empty() ? 0 : pictures[0].width;
  const auto pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  at::Tensor batch = at::empty({static_cast<std::int64_t>(pictures.size()), 3, height, width}, at::kFloat);
  float* out = batch.mutable_data_ptr<float>();
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const data::Picture& picture = pictures[i];
    require(picture.height == height && picture.width == width && picture.rgb.size() == 3 * pixels,
            "image_batch: picture ", i, " is ", picture.width, " x ", picture.height, " with ", picture.rgb.size(),
            " bytes, the first is ", width, " x ", height);
    out = normalization(picture, out);
  }
  return batch;
}

/// For encoders of our own.
inline at::Tensor image_batch(const std::vector<data::Picture>& pictures) {
  return image_batch(pictures, image::SinglePixelNormalization{});
}

}  // namespace mgan::encoders
