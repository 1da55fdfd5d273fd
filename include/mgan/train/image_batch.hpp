// Pictures as the image encoder takes them: (x / 255 - mean) / deviation per channel.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"

namespace mgan::train {

/// Of bytes scaled to [0, 1]; the defaults are CLIP's.
struct Normalization {
  std::array<float, 3> mean{0.48145466f, 0.4578275f, 0.40821073f};
  std::array<float, 3> deviation{0.26862954f, 0.26130258f, 0.27577711f};
};

/// I pictures of one size -> (I, 3, height, width), single precision on the CPU. Plain loops on the calling thread, fit
/// for a loader's workers. A picture of another size than the first is an error that names it.
inline at::Tensor image_batch(const std::vector<data::Picture>& pictures, const Normalization& normalization = {}) {
  std::array<std::array<float, 256>, 3> value;  // of every byte in every channel
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t x = 0; x < 256; ++x) {
      value[c][x] = (static_cast<float>(x) / 255.0f - normalization.mean[c]) / normalization.deviation[c];
    }
  }
  const int height = pictures.empty() ? 0 : pictures[0].height, width = pictures.empty() ? 0 : pictures[0].width;
  const auto pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  at::Tensor batch = at::empty({static_cast<std::int64_t>(pictures.size()), 3, height, width}, at::kFloat);
  float* out = batch.mutable_data_ptr<float>();
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const data::Picture& picture = pictures[i];
    require(picture.height == height && picture.width == width && picture.rgb.size() == 3 * pixels,
            "image_batch: picture ", i, " is ", picture.width, " x ", picture.height, " with ", picture.rgb.size(),
            " bytes, the first is ", width, " x ", height);
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t p = 0; p < pixels; ++p) *out++ = value[c][picture.rgb[3 * p + c]];
    }
  }
  return batch;
}

}  // namespace mgan::train
