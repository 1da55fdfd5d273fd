// What the encoders take: pictures as a normalised float tensor, captions as padded ids.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "mgan/core/error.hpp"

namespace mgan::train {

/// Per channel (x / 255 - mean) / deviation. The defaults are CLIP's.
struct Normalization {
  std::array<float, 3> mean{0.48145466f, 0.4578275f, 0.40821073f};
  std::array<float, 3> deviation{0.26862954f, 0.26130258f, 0.27577711f};
};

/// Pictures of height x width RGB bytes, row by row, channels together -> (I, 3, height, width), single precision.
/// Plain loops on the calling thread, fit for a loader's workers.
inline at::Tensor image_batch(const std::vector<std::span<const std::uint8_t>>& pictures, std::int64_t height,
                              std::int64_t width, const Normalization& normalization = {}) {
  std::array<std::array<float, 256>, 3> table;  // the value of every byte in every channel
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t x = 0; x < 256; ++x) {
      table[c][x] = (static_cast<float>(x) / 255.0f - normalization.mean[c]) / normalization.deviation[c];
    }
  }
  const auto pixels = static_cast<std::size_t>(height * width);
  auto batch = at::empty({static_cast<std::int64_t>(pictures.size()), 3, height, width});
  float* out = batch.mutable_data_ptr<float>();
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const auto rgb = pictures[i];
    require(rgb.size() == 3 * pixels, "image_batch: picture ", i, " has ", rgb.size(), " bytes, expected 3 * ", height,
            " * ", width);
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t p = 0; p < pixels; ++p) *out++ = table[c][rgb[3 * p + c]];
    }
  }
  return batch;
}

/// ids (T, n), int64, rows filled up with the padding id; lengths (T).
struct TokenBatch {
  at::Tensor ids, lengths;
};

/// Ids of T captions, [CLS] and [SEP] included where the encoder wants them -> a batch as wide as its longest caption.
/// An empty caption is an error that names it.
inline TokenBatch token_batch(const std::vector<std::vector<std::int64_t>>& captions, std::int64_t padding_id = 0) {
  std::size_t longest = 0;
  for (const auto& caption : captions) longest = std::max(longest, caption.size());
  const auto texts = static_cast<std::int64_t>(captions.size());
  TokenBatch batch{at::empty({texts, static_cast<std::int64_t>(longest)}, at::TensorOptions(at::kLong)),
                   at::empty({texts}, at::TensorOptions(at::kLong))};
  auto* row = batch.ids.mutable_data_ptr<std::int64_t>();
  auto* length = batch.lengths.mutable_data_ptr<std::int64_t>();
  for (std::size_t t = 0; t < captions.size(); ++t, row += longest) {
    require(!captions[t].empty(), "token_batch: caption ", t, " of ", texts, " has no tokens");
    std::fill(std::copy(captions[t].begin(), captions[t].end(), row), row + longest, padding_id);
    length[t] = static_cast<std::int64_t>(captions[t].size());
  }
  return batch;
}

}  // namespace mgan::train
