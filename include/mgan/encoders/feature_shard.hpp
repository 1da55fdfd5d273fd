// Images and captions after the frozen encoders: some of a split, in memory or as one mapped safetensors file.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/backend/torch/io/mapped_tensor.hpp"
#include "mgan/backend/torch/io/tensor_file.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/encoders/encoder_pair.hpp"
#include "mgan/encoders/region_features.hpp"
#include "mgan/io/json.hpp"

namespace mgan::encoders {

/// Which boxes are pooled. The grid always ends with the whole picture.
struct RegionChoice {
  int grid = 3;            // grid x grid equal tiles and the whole picture
  bool annotated = false;  // the data set's own boxes beside them
};

/// Some regions of each of I images, one image after the other.
struct RegionSet {
  at::Tensor counts;    // (I), regions of each image
  at::Tensor boxes;     // (sum, 4), x1 y1 x2 y2 in pixels of the encoder's picture
  at::Tensor features;  // (sum, d_p), tokens averaged over the box
};

/// I images and their captions. Captions follow each other image by image, their tokens caption by caption.
struct FeatureShard {
  std::vector<data::Example> examples;  // name, id, captions; boxes, width and height as the encoder saw them
  at::Tensor tokens;                    // (I, 1+M, d_p), [CLS] first
  RegionSet grid, given;                // `given` is empty without annotated boxes
  at::Tensor caption_lengths;           // (C), tokens with [CLS] and [SEP]
  at::Tensor before_last, last;         // (sum of lengths, d_w); the first (0, d_w) where no layer can be tuned
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
  const std::vector<std::vector<data::Box>> tiles(count, data::grid_boxes(side, side, choice.grid, choice.grid, true));
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

/// Both, with features as `type`.
inline FeatureShard encode_shard(const EncoderPair& encoders, const data::Dataset& dataset, std::size_t first,
                                 std::size_t count, const RegionChoice& choice, at::ScalarType type,
                                 std::size_t& truncated) {
  FeatureShard shard = encode_images(encoders, dataset, first, count, choice);
  encode_captions(encoders, shard, truncated);
  for (at::Tensor* x : {&shard.tokens, &shard.grid.features, &shard.given.features, &shard.before_last, &shard.last})
    *x = x->to(type);
  return shard;
}

/// Calls f(name, tensor) for every tensor of a shard, const or not.
template <class Shard, class F>
void visit_shard(Shard& shard, F&& f) {
  f("tokens", shard.tokens);
  f("grid.counts", shard.grid.counts);
  f("grid.boxes", shard.grid.boxes);
  f("grid.features", shard.grid.features);
  f("given.counts", shard.given.counts);
  f("given.boxes", shard.given.boxes);
  f("given.features", shard.given.features);
  f("caption_lengths", shard.caption_lengths);
  f("before_last", shard.before_last);
  f("last", shard.last);
}

/// One atomic file.
inline void save_shard(const std::filesystem::path& path, const FeatureShard& shard) {
  io::Json examples = io::Json::array();
  for (const data::Example& e : shard.examples)
    examples.push_back({{"name", e.name}, {"id", e.image_id}, {"side", e.width}, {"captions", e.captions}});
  NamedTensors tensors;
  visit_shard(shard, [&](const char* name, const at::Tensor& x) { tensors.emplace_back(name, x); });
  save_tensors(path, tensors, {{"mgan_features", "1"}, {"examples", examples.dump()}});
}

namespace detail {

/// What a shard's tensor has to be: integers or features, of so many axes.
struct ShardTensor {
  std::string_view name;
  bool integers;
  std::size_t axes;
};
inline constexpr ShardTensor shard_tensors[] = {
    {"tokens", false, 3},      {"grid.counts", true, 1},  {"grid.boxes", false, 2},     {"grid.features", false, 2},
    {"given.counts", true, 1}, {"given.boxes", false, 2}, {"given.features", false, 2}, {"caption_lengths", true, 1},
    {"before_last", false, 2}, {"last", false, 2}};

/// Types and axes, before anything is mapped: one error names the tensor.
inline void check_shard_tensor(const io::TensorView& view, std::string_view name) {
  for (const ShardTensor& wanted : shard_tensors) {
    if (wanted.name != name) continue;
    const bool floating = view.dtype == io::DType::F32 || (view.dtype == io::DType::BF16 && !name.ends_with("boxes"));
    require((wanted.integers ? view.dtype == io::DType::I64 : floating) && view.shape.size() == wanted.axes, view.where,
            ": is ", io::name_of(view.dtype), " ", view.shape, ", expected ",
            wanted.integers           ? "I64"
            : name.ends_with("boxes") ? "F32"
                                      : "F32 or BF16",
            " with ", wanted.axes, " axes");
  }
}

/// Counts that are all at least `least`; their sum.
inline std::int64_t checked_sum(const at::Tensor& counts, std::int64_t least, const std::string& where) {
  const std::int64_t* count = counts.const_data_ptr<std::int64_t>();
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < counts.numel(); ++i) {
    require(count[i] >= least && count[i] <= 1 << 24, where, "[", i, "] is ", count[i], ", expected ", least,
            " or more");
    sum += count[i];
  }
  return sum;
}

}  // namespace detail

/// Mapped: pages are read when they are touched. Tensors of other types or axes, and counts that contradict each other,
/// are an Error that names the file.
inline FeatureShard load_shard(const std::filesystem::path& path) {
  const std::string where = path.string();
  const auto file = std::make_shared<const io::SafetensorsFile>(path);
  const auto& metadata = file->metadata();
  require(metadata.contains("mgan_features") && metadata.at("mgan_features") == "1" && metadata.contains("examples"),
          where, ": not a shard of features");
  FeatureShard shard;
  std::int64_t captions = 0;
  try {
    for (const io::Json& e : io::parse_json(metadata.at("examples"), where)) {
      const int side = e.at("side").get<int>();
      require(side > 0, where, ": examples: a side of ", side, " pixels");
      shard.examples.push_back(
          {e.at("name"), e.at("id"), e.at("captions").get<std::vector<std::string>>(), {}, side, side});
      captions += static_cast<std::int64_t>(shard.examples.back().captions.size());
    }
  } catch (const io::Json::exception& error) {
    fail(where, ": examples: ", error.what());
  }
  visit_shard(shard, [&](const char* name, at::Tensor& x) {
    detail::check_shard_tensor(file->at(name), name);
    x = mapped_tensor(file, name);
  });
  const auto images = static_cast<std::int64_t>(shard.examples.size());
  const auto rows = [&](const at::Tensor& counts, const char* name, std::int64_t least) {
    return detail::checked_sum(counts, least, where + ": tensor '" + name + "'");
  };
  const at::Tensor &tokens = shard.tokens, &last = shard.last, &before = shard.before_last;
  const auto fits = [&](const RegionSet& set, std::int64_t sum) {
    return set.counts.numel() == images && set.boxes.size(0) == sum && set.boxes.size(1) == 4 &&
           set.features.size(0) == sum && set.features.size(1) == tokens.size(2);
  };
  require(images > 0 && tokens.size(0) == images && tokens.size(1) >= 2 && tokens.size(2) >= 1 &&
              fits(shard.grid, rows(shard.grid.counts, "grid.counts", 1)) &&
              fits(shard.given, rows(shard.given.counts, "given.counts", 0)) &&
              shard.caption_lengths.numel() == captions &&
              rows(shard.caption_lengths, "caption_lengths", 3) == last.size(0) && last.size(1) >= 1 &&
              (before.sizes() == last.sizes() || (before.size(0) == 0 && before.size(1) == last.size(1))),
          where, ": its tensors do not fit its ", images, " images and ", captions, " captions");
  return shard;
}

}  // namespace mgan::encoders
