// Regions that a data set has on disk: a detector's features, row by row.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/sources/box_batch.hpp"
#include "mgan/sources/streams.hpp"

namespace mgan::sources {

namespace detail {

/// Of images without boxes: NaN in their place, which whoever looks at a box refuses.
inline BoxBatch no_boxes(std::size_t images, std::int64_t regions) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto n = static_cast<std::int64_t>(images);
  return {at::full({n, regions, 4}, nan, at::kFloat), at::full({n}, regions, at::kLong),
          at::full({n, 2}, nan, at::kFloat)};
}

}  // namespace detail

/// The regions of a data set that has `regions`, such as data::scan_folder's; a batch reads its own rows alone. Errors:
/// a data set without features.
inline RegionStream dataset_regions(data::Dataset dataset) {
  require(dataset.regions != nullptr, dataset.name, " has pictures, but region features are expected");
  const auto shared = std::make_shared<const data::Dataset>(std::move(dataset));
  RegionStream stream{{shared, shared->examples}, shared->region_width, {}, {}};
  stream.batch = [shared](const Places& which) {
    std::vector<const data::Example*> examples;
    for (const std::int64_t i : which) examples.push_back(&shared->examples.at(static_cast<std::size_t>(i)));
    if (shared->regions_ahead)
      for (const std::int64_t i : which) shared->regions_ahead(static_cast<std::size_t>(i));
    const bool boxed = examples.empty() || !examples[0]->boxes.empty();  // all of them or none
    const BoxBatch boxes = boxed ? box_batch(examples) : detail::no_boxes(which.size(), shared->region_count);
    const std::int64_t images = boxes.boxes.size(0), regions = boxes.boxes.size(1), width = shared->region_width;
    RegionBatch batch{at::empty({images, regions, width}, at::kFloat), boxes.lengths, boxes.boxes, boxes.image_sizes};
    float* row = batch.features.mutable_data_ptr<float>();  // (I, R, d_r)
    for (std::size_t b = 0; b < which.size(); ++b) {
      const std::vector<float> values = shared->regions(static_cast<std::size_t>(which[b]));
      const std::size_t real = boxed ? examples[b]->boxes.size() : static_cast<std::size_t>(regions);
      require(values.size() == real * static_cast<std::size_t>(width), shared->name, ": image ", examples[b]->name,
              " has ", values.size(), " numbers for ", real, boxed ? " boxes" : " regions", " of width ", width);
      row = std::copy(values.begin(), values.end(), row);
      row = std::fill_n(row, static_cast<std::size_t>(regions * width) - values.size(), 0.0f);
    }
    return batch;
  };
  stream.pieces = detail::in_groups(
      shared->examples.size(), [batch = stream.batch](const Places& some) { return detail::real_rows(batch(some)); });
  return stream;
}

}  // namespace mgan::sources
