// Images and captions after the frozen encoders: some of a split, in memory or as one mapped safetensors file. What
// makes one is encode_shard.hpp.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/backend/torch/io/mapped_tensor.hpp"
#include "mgan/backend/torch/io/tensor_file.hpp"
#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/io/dtype.hpp"
#include "mgan/io/json.hpp"

namespace mgan::encoders {

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
  RegionSet grid, given;         // `given` is empty without annotated boxes, both where the regions are a detector's
  at::Tensor caption_lengths;    // (C), tokens with [CLS] and [SEP]
  at::Tensor before_last, last;  // (sum of lengths, d_w); the first (0, d_w) where no layer can be tuned
};

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
  for (const data::Example& e : shard.examples) {
    examples.push_back({{"name", e.name}, {"id", e.image_id}, {"side", e.width}, {"captions", e.captions}});
    if (!e.file.empty()) examples.back()["file"] = e.file;
  }
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
    const bool half = view.dtype == io::DType::F16 || view.dtype == io::DType::BF16;
    const bool floating = view.dtype == io::DType::F32 || (half && !name.ends_with("boxes"));
    require((wanted.integers ? view.dtype == io::DType::I64 : floating) && view.shape.size() == wanted.axes, view.where,
            ": is ", io::name_of(view.dtype), " ", view.shape, ", expected ",
            wanted.integers           ? "I64"
            : name.ends_with("boxes") ? "F32"
                                      : "F32, F16 or BF16",
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
      shard.examples.back().file = e.value("file", "");
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
  const bool pooled = shard.grid.features.size(0) > 0;  // else no image has a region here
  const auto fits = [&](const RegionSet& set, std::int64_t sum) {
    return set.counts.numel() == images && set.boxes.size(0) == sum && set.boxes.size(1) == 4 &&
           set.features.size(0) == sum && set.features.size(1) == tokens.size(2);
  };
  require(images > 0 && tokens.size(0) == images && tokens.size(1) >= 2 && tokens.size(2) >= 1 &&
              fits(shard.grid, rows(shard.grid.counts, "grid.counts", pooled ? 1 : 0)) &&
              fits(shard.given, rows(shard.given.counts, "given.counts", 0)) &&
              shard.caption_lengths.numel() == captions &&
              rows(shard.caption_lengths, "caption_lengths", 3) == last.size(0) && last.size(1) >= 1 &&
              (before.sizes() == last.sizes() || (before.size(0) == 0 && before.size(1) == last.size(1))),
          where, ": its tensors do not fit its ", images, " images and ", captions, " captions");
  return shard;
}

}  // namespace mgan::encoders
