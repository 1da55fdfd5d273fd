// What the model takes of some images and some captions.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <variant>
#include <vector>

#include "mgan/sources/streams.hpp"

namespace program {

using mgan::sources::CaptionIndex;

/// Pictures, for an image encoder that is trained with the matcher.
struct Pixels {
  at::Tensor pictures;       // (I, 3, S, S), normalised
  at::Tensor region_pixels;  // (I, R, 192), undefined unless they are asked for
};
/// Features, from files or from a frozen encoder.
struct Features {
  at::Tensor regions;  // (I, R, d_r)
  at::Tensor tokens;   // (I, 1+M, d_p), undefined where there are no pictures
};

struct ImageBatch {
  at::Tensor boxes;           // (I, R, 4), pixels of the S x S picture, or of the images that the features are of
  at::Tensor region_lengths;  // (I)
  at::Tensor image_sizes;     // (I, 2)
  std::variant<Pixels, Features> inputs;
  std::vector<std::int64_t> image_ids;
};

/// Ids, for a text encoder that is trained with the matcher.
struct WordIds {
  at::Tensor ids;  // (T, n)
};
/// States of a published text encoder.
struct WordStates {
  at::Tensor states;  // (T, n, d_w)
};

struct CaptionBatch {
  at::Tensor lengths;  // (T), [CLS] and [SEP] counted
  std::variant<WordIds, WordStates> inputs;
};

}  // namespace program
