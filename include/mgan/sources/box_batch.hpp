// Boxes as region embedding and region features take them: padded to the image with most, with lengths and sizes.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"

namespace mgan::sources {

/// boxes (I, R, 4) as x1 y1 x2 y2 in pixels, lengths (I), int64, image_sizes (I, 2) as W H in the same pixels. Padding
/// repeats the image's first box, so that it is a box too.
struct BoxBatch {
  at::Tensor boxes, lengths, image_sizes;
};

/// The boxes of I examples. An image without boxes is an error that names it.
inline BoxBatch box_batch(const std::vector<const data::Example*>& examples) {
  std::size_t most = 0;
  for (const data::Example* example : examples) {
    require(!example->boxes.empty(), "box_batch: image ", example->name, " has no boxes");
    most = std::max(most, example->boxes.size());
  }
  const auto images = static_cast<std::int64_t>(examples.size());
  BoxBatch batch{at::empty({images, static_cast<std::int64_t>(most), 4}, at::kFloat), at::empty({images}, at::kLong),
                 at::empty({images, 2}, at::kFloat)};
  auto* side = batch.boxes.mutable_data_ptr<float>();
  auto* length = batch.lengths.mutable_data_ptr<std::int64_t>();
  auto* size = batch.image_sizes.mutable_data_ptr<float>();
  for (const data::Example* example : examples) {
    for (std::size_t r = 0; r < most; ++r) {
      const data::Box& box = example->boxes[r < example->boxes.size() ? r : 0];
      for (const float x : {box.x1, box.y1, box.x2, box.y2}) *side++ = x;
    }
    *length++ = static_cast<std::int64_t>(example->boxes.size());
    *size++ = static_cast<float>(example->width);
    *size++ = static_cast<float>(example->height);
  }
  return batch;
}

}  // namespace mgan::sources
