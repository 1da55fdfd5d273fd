// A data set's images and captions through the frozen encoders, as a FeatureShard.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/encoders/encoder_pair.hpp"
#include "mgan/encoders/feature_shard.hpp"
#include "mgan/encoders/region_features.hpp"

namespace mgan::encoders {

/// Which boxes are pooled. The grid always ends with the whole picture.
struct RegionChoice {
  int grid = 3;            // grid x grid equal tiles and the whole picture; 0: none, nor the whole picture
  bool annotated = false;  // the data set's own boxes beside them

  /// Nothing is pooled: the regions are those of a detector's files.
  static constexpr RegionChoice none() { return {0, false}; }
};

namespace detail {

/// The regions of one image's tokens (1, 1+M, d).
inline at::Tensor pooled(const EncoderPair& encoders, const at::Tensor& tokens, const std::vector<data::Box>& boxes) {
  const std::int64_t cells = encoders.vision.patches_a_side();
  const at::Tensor corners = at::empty({1, static_cast<std::int64_t>(boxes.size()), 4}, at::kFloat);  // (1, R, 4)
  float* out = corners.mutable_data_ptr<float>();
  for (const data::Box& b : boxes)
    for (const float x : {b.x1, b.y1, b.x2, b.y2}) *out++ = x;
  const auto side = static_cast<double>(encoders.side());
  return RegionFeatures{cells, cells}(tokens, corners, at::tensor({side, side}).view({1, 2})).squeeze(0);  // (R, d)
}

/// [CLS], pieces, [SEP] of a caption; an Error that names it where that cannot be.
inline std::vector<std::int64_t> caption_ids(const EncoderPair& encoders, const data::Example& example,
                                             const std::string& caption, std::size_t& truncated) {
  try {
    std::vector<std::int64_t> ids = encoders.ids(caption, truncated);
    require(ids.size() > 2, "no words");
    return ids;
  } catch (const Error& error) {
    fail(example.name, ": caption '", caption, "': ", error.what());
  }
}

inline RegionSet region_set(const EncoderPair& encoders, const at::Tensor& tokens,
                            const std::vector<std::vector<data::Box>>& boxes) {
  RegionSet set{at::empty({static_cast<std::int64_t>(boxes.size())}, at::kLong), {}, {}};
  std::vector<at::Tensor> features{tokens.new_empty({0, tokens.size(2)})};
  std::vector<float> corners;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    set.counts.mutable_data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(boxes[i].size());
    if (boxes[i].empty()) continue;
    features.push_back(pooled(encoders, tokens.narrow(0, static_cast<std::int64_t>(i), 1), boxes[i]));
    for (const data::Box& b : boxes[i]) corners.insert(corners.end(), {b.x1, b.y1, b.x2, b.y2});
  }
  set.features = at::cat(features, 0);
  set.boxes = at::tensor(corners, at::kFloat).view({-1, 4});
  return set;
}

/// Encodes in groups of `group` captions of about one length, so that short ones do not pay for long ones.
inline void encode_captions(const EncoderPair& encoders, FeatureShard& shard, std::size_t& truncated) {
  constexpr std::size_t group = 32;
  std::vector<std::vector<std::int64_t>> ids;
  for (const data::Example& example : shard.examples)
    for (const std::string& caption : example.captions)
      ids.push_back(caption_ids(encoders, example, caption, truncated));
  std::vector<std::int64_t> offset{0}, length;
  for (const auto& caption : ids) {
    length.push_back(static_cast<std::int64_t>(caption.size()));
    offset.push_back(offset.back() + length.back());
  }
  shard.caption_lengths = at::tensor(length, at::kLong);
  const std::int64_t width = encoders.text.width();
  shard.before_last = at::empty({encoders.text.last_layer() ? offset.back() : 0, width}, at::kFloat);
  shard.last = at::empty({offset.back(), width}, at::kFloat);

  std::vector<std::size_t> order(ids.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return length[a] < length[b]; });
  for (std::size_t begin = 0; begin < order.size(); begin += group) {
    const std::size_t end = std::min(order.size(), begin + group);
    std::vector<std::vector<std::int64_t>> some;
    for (std::size_t k = begin; k < end; ++k) some.push_back(ids[order[k]]);
    const CaptionStates states = encoders.states(some);
    for (std::size_t k = begin; k < end; ++k) {
      const std::int64_t n = length[order[k]], row = static_cast<std::int64_t>(k - begin);
      if (states.before_last.defined())
        shard.before_last.narrow(0, offset[order[k]], n).copy_(states.before_last[row].narrow(0, 0, n));
      shard.last.narrow(0, offset[order[k]], n).copy_(states.last[row].narrow(0, 0, n));
    }
  }
}

}  // namespace detail

/// Images first .. first + count - 1 of a data set through the image encoder, single precision, captions still to be
/// encoded. An image that cannot be read is an Error that names it.
inline FeatureShard encode_images(const EncoderPair& encoders, const data::Dataset& dataset, std::size_t first,
                                  std::size_t count, const RegionChoice& choice) {
  constexpr std::size_t group = 16;  // pictures at a time
  require(choice.grid > 0 || !choice.annotated, "encode_images: annotated boxes are pooled beside a grid; grid is ",
          choice.grid);
  const at::NoGradGuard frozen;
  const int side = encoders.side();
  FeatureShard shard;
  std::vector<std::vector<data::Box>> given;
  std::vector<at::Tensor> tokens;
  std::vector<data::Picture> pictures;
  for (std::size_t i = first; i < first + count; ++i) {
    data::Example example = dataset.examples[i];
    const data::Picture picture = dataset.picture(i);
    given.emplace_back();
    if (choice.annotated) {
      for (const data::Box& box : example.boxes) {
        const data::Box b = fitted_box(box, picture.width, picture.height, side, encoders.folders.fit);
        if (b.x2 > b.x1 && b.y2 > b.y1) given.back().push_back(b);
      }
    }
    example.boxes.clear();
    example.width = example.height = side;
    pictures.push_back(encoders.fitted(picture));
    shard.examples.push_back(std::move(example));
    if (pictures.size() == group || i + 1 == first + count) {
      tokens.push_back(encoders.tokens(pictures));  // (group, 1+M, d_p)
      pictures.clear();
    }
  }
  shard.tokens = at::cat(tokens, 0);  // (I, 1+M, d_p)
  const std::vector<std::vector<data::Box>> tiles(
      count, choice.grid > 0 ? data::grid_boxes(side, side, choice.grid, choice.grid, true) : std::vector<data::Box>());
  shard.grid = detail::region_set(encoders, shard.tokens, tiles);
  shard.given = detail::region_set(encoders, shard.tokens, given);
  return shard;
}

/// The captions of a shard's examples through the text encoder. `truncated` counts captions that were cut. A caption
/// that cannot be encoded is an Error that names it.
inline void encode_captions(const EncoderPair& encoders, FeatureShard& shard, std::size_t& truncated) {
  const at::NoGradGuard frozen;
  detail::encode_captions(encoders, shard, truncated);
}

/// Both, with features as `type`. Features that are not finite, or that fp16 cannot hold, are an Error that names
/// the images.
inline FeatureShard encode_shard(const EncoderPair& encoders, const data::Dataset& dataset, std::size_t first,
                                 std::size_t count, const RegionChoice& choice, at::ScalarType type,
                                 std::size_t& truncated) {
  FeatureShard shard = encode_images(encoders, dataset, first, count, choice);
  encode_captions(encoders, shard, truncated);
  for (at::Tensor* x : {&shard.tokens, &shard.grid.features, &shard.given.features, &shard.before_last, &shard.last}) {
    if (x->numel() > 0) {
      const double largest = x->abs().max().item<double>();
      require(std::isfinite(largest), "images '", shard.examples.front().name, "' to '", shard.examples.back().name,
              "': the encoder makes a feature of ", largest);
      require(type != at::kHalf || largest <= 65504, "images '", shard.examples.front().name, "' to '",
              shard.examples.back().name, "': a feature of ", largest, ", where fp16 ends at 65504; bf16 goes further");
    }
    *x = x->to(type);
  }
  return shard;
}

}  // namespace mgan::encoders
