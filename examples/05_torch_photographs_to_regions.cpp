// No detector at hand: region features of your own in SCAN's layout, from photographs and a pretrained ViT.
//
// A picture has R = 36 boxes: those of a file, then its tiles, 1 x 1, 2 x 2, 3 x 3, ... The ViT sees it mirrored left
// to right, a second view, so that regions are other numbers than the patches of `mgan extract`. For every box r
//
//     x_r = mean over box r of the ViT's tokens     (d_p)
//     z_r = (x_r - mean) / deviation                (d_p), per channel over the first training pictures
//     f_r = P z_r                                   (2048), P fixed: drawn from a seed, never trained
//
// Rows go to disk as they are made. A split is there when its *_ims.npy is, which is written last.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mgan/data/karpathy.hpp"
#include "mgan/data/random_crop.hpp"
#include "mgan/encoders/encoder_pair.hpp"
#include "mgan/encoders/region_features.hpp"
#include "mgan/encoders/standardization.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/io/json.hpp"
#include "mgan/io/npy.hpp"
#include "mgan/io/sha256.hpp"
#include "mgan/nn/linear.hpp"

namespace fs = std::filesystem;
using namespace mgan::encoders;
using mgan::data::Box, mgan::data::Dataset, mgan::data::Example, mgan::data::Split;

constexpr std::int64_t regions = 36, width = 2048;  // R, d_r
constexpr std::size_t group = 16;                   // pictures at a time

/// What a detector would be.
struct RegionsOfTokens {
  AnyImageEncoder vit;
  mgan::Projection<at::Tensor> projection;  // P
  Standardization standardize = {};
  bool boxes_given = false;

  std::vector<Box> boxes(const Example& example) const {
    std::vector<Box> all;
    if (boxes_given)
      all.assign(example.boxes.begin(),
                 example.boxes.begin() + std::min<std::ptrdiff_t>(std::ssize(example.boxes), regions - 1));
    for (int n = 1; std::ssize(all) < regions; ++n) {
      const std::vector<Box> tiles = mgan::data::grid_boxes(example.width, example.height, n, n, false);
      const std::size_t room = std::min(tiles.size(), static_cast<std::size_t>(regions) - all.size());
      for (std::size_t k = 0; k < room; ++k) all.push_back(tiles[k * tiles.size() / room]);  // the last n: spread out
    }
    return all;
  }

  /// x of images first .. first + count - 1: (count, R, d_p).
  at::Tensor pooled(const Dataset& dataset, std::size_t first, std::size_t count) const {
    const int side = static_cast<int>(vit.side());
    const PixelConfig pixels = vit.pixels();
    const auto images = static_cast<std::int64_t>(count);
    const at::Tensor corners = at::empty({images, regions, 4}, at::kFloat);
    float* corner = corners.mutable_data_ptr<float>();
    std::vector<mgan::data::Picture> pictures;
    for (std::size_t i = first; i < first + count; ++i) {
      const mgan::data::Picture picture = dataset.picture(i);
      mgan::data::CroppedPicture view{mgan::image::resize(picture, side, side, pixels.filter), {}};
      for (const Box& box : boxes(dataset.examples[i]))
        view.boxes.push_back(fitted_box(box, picture.width, picture.height, side, PictureFit::squash));
      mgan::data::mirror(view);
      for (const Box& b : view.boxes)
        for (const float x : {b.x1, b.y1, b.x2, b.y2}) *corner++ = x;
      pictures.push_back(std::move(view.picture));
    }
    const at::Tensor tokens = vit(image_batch(pictures, pixels.normalization));                 // (count, 1+M, d_p)
    const at::Tensor sizes = at::full({images, 2}, static_cast<double>(side));                  // (count, 2)
    return RegionFeatures{vit.patches_a_side(), vit.patches_a_side()}(tokens, corners, sizes);  // (count, R, d_p)
  }

  at::Tensor operator()(const Dataset& dataset, std::size_t first, std::size_t count) const {
    return projection(standardize(pooled(dataset, first, count))).contiguous();  // (count, R, d_r)
  }
};

template <class T>
std::span<const std::byte> bytes_of(const T& numbers) {
  return std::as_bytes(std::span(numbers));
}

/// PREFIX_caps.txt, _ids.txt, _boxes.npy, _img_sizes.npy and _ims.npy; `repeats` rows an image.
void write_split(const RegionsOfTokens& features, const Dataset& dataset, const fs::path& folder, const char* prefix,
                 std::int64_t repeats) {
  const auto path = [&](const char* ending) { return folder / (std::string(prefix) + ending); };
  if (fs::exists(path("_ims.npy"))) return void(std::printf("%s: is there already\n", path("_ims.npy").c_str()));
  std::string captions, ids;
  for (const Example& example : dataset.examples) {
    for (std::string caption : example.captions) {
      std::replace_if(
          caption.begin(), caption.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
      captions += caption + "\n";
    }
    for (std::int64_t k = 0; k < repeats; ++k) ids += std::to_string(example.image_id) + "\n";
  }
  const auto images = std::ssize(dataset.examples), rows = images * repeats;
  using mgan::io::DType, mgan::io::NpyWriter;
  NpyWriter ims(path("_ims.npy"), DType::F32, {rows, regions, width}),
      boxes(path("_boxes.npy"), DType::F32, {rows, regions, 4}), sizes(path("_img_sizes.npy"), DType::I64, {rows, 2});
  for (std::size_t first = 0; first < dataset.examples.size(); first += group) {
    const std::size_t count = std::min(group, dataset.examples.size() - first);
    const at::Tensor values = features(dataset, first, count);  // (count, R, d_r)
    for (std::size_t i = 0; i < count; ++i) {
      const Example& example = dataset.examples[first + i];
      const float* row = values.const_data_ptr<float>() + static_cast<std::int64_t>(i) * regions * width;
      for (std::int64_t k = 0; k < repeats; ++k) {
        ims.add(bytes_of(std::span(row, regions * width)));
        boxes.add(bytes_of(features.boxes(example)));
        sizes.add(bytes_of(std::vector<std::int64_t>{example.width, example.height}));
      }
    }
    std::fprintf(stderr, "\r%s: %zu of %zd images", prefix, first + count, images);
  }
  mgan::io::write_file_atomically(path("_caps.txt"), captions);
  mgan::io::write_file_atomically(path("_ids.txt"), ids);
  for (NpyWriter* file : {&sizes, &boxes, &ims}) file->commit();
  std::fprintf(stderr, "\n");
  std::printf("%s: %zd images, %zd rows of %zd regions of width %zd\n", prefix, images, rows, regions, width);
}

/// Weights and configuration of a Hugging Face folder, by their contents.
std::string sha256_of_encoder(const fs::path& folder) {
  mgan::require(fs::is_directory(folder), folder.string(), ": is no folder");
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with("config.json") || (name.starts_with("model") && name.ends_with(".safetensors")))
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  mgan::io::Sha256 all;
  for (const std::string& name : names) all.add(name).add("\n").add(mgan::io::sha256_of_file(folder / name)).add("\n");
  return all.hex();
}

/// What features are made of, by contents.
mgan::io::Json sources(const std::vector<std::string>& args) {
  using mgan::io::Json, mgan::io::sha256_of_file;
  return {{"dataset.json", sha256_of_file(args[0])},
          {"VIT", sha256_of_encoder(args[1])},
          {"boxes.json", args.size() > 3 ? Json(sha256_of_file(args[3])) : Json()}};
}

/// A folder whose made_of.json has other sources is refused: the splits that are there would be kept.
void require_same_sources(const fs::path& folder, const mgan::io::Json& now) {
  const fs::path path = folder / "made_of.json";
  constexpr auto advice = "; name another OUTPUT, or delete this one";
  if (!fs::exists(path)) {
    for (const char* name : {"train_ims.npy", "dev_ims.npy"})
      mgan::require(!fs::exists(folder / name), path.string(), ": is missing, so nobody knows what ", name,
                    " was made of", advice);
    return;
  }
  const mgan::io::Json before = mgan::io::read_json(path);
  for (const auto& [what, contents] : now.items())
    mgan::require(before.contains(what) && before.at(what) == contents, path.string(),
                  ": this folder was begun with another ", what, advice);
}

int run(const std::vector<std::string>& args) {
  const fs::path data = args[0], folder = args[2];
  const mgan::io::Json made_of = sources(args);
  require_same_sources(folder, made_of);
  const auto open = [&](Split split) {
    const std::optional<fs::path> boxes = args.size() > 3 ? std::optional<fs::path>(args[3]) : std::nullopt;
    Dataset dataset = mgan::data::karpathy({data, data.parent_path() / "images", boxes}, split);
    const std::size_t captions = dataset.examples[0].captions.size();
    for (const std::string& warning : dataset.warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
    for (const Example& e : dataset.examples)
      mgan::require(e.captions.size() == captions, e.name, ": ", e.captions.size(), " captions, the first image has ",
                    captions, "; the layout has as many for every image");
    return dataset;
  };
  const Dataset train = open(Split::train), val = open(Split::val);
  fs::create_directories(folder);
  mgan::io::write_file_atomically(folder / "made_of.json", made_of.dump(1) + "\n");
  mgan::io::Json names = mgan::io::Json::object();
  for (const Dataset* dataset : {&train, &val})
    for (const Example& example : dataset->examples) names[std::to_string(example.image_id)] = example.name;
  mgan::io::write_file_atomically(folder / "id_mapping.json", names.dump(1) + "\n");

  const at::NoGradGuard frozen;
  RegionsOfTokens features{load_image_encoder(args[1]), {}};
  features.boxes_given = args.size() > 3;
  features.projection = mgan::Projection<at::Tensor>::create(features.vit.width(), width);
  mgan::initialize(features.projection, /*seed=*/1);
  Moments moments;
  for (std::size_t first = 0; first < std::min<std::size_t>(256, train.examples.size()); first += group)
    moments.add(features.pooled(train, first, std::min(group, train.examples.size() - first)));
  features.standardize = {moments.mean().to(at::kFloat), moments.deviation().to(at::kFloat)};
  write_split(features, train, folder, "train", 1);
  write_split(features, val, folder, "dev",
              std::ssize(val.examples[0].captions));  // as the field has it: a row a caption
  return 0;
}

int main(int argc, char** argv) try {
  if (argc == 4 || argc == 5) return run({argv + 1, argv + argc});
  std::printf(
      "05_torch_photographs_to_regions dataset.json VIT OUTPUT [boxes.json]\n"
      "  dataset.json   Karpathy's layout; the photographs lie in images/ beside it\n"
      "  VIT            Hugging Face folder of CLIP or of a plain ViT\n"
      "  OUTPUT         gets {train,dev}_{ims,boxes,img_sizes}.npy, _caps.txt, _ids.txt, id_mapping.json, "
      "made_of.json\n"
      "  boxes.json     boxes that somebody drew; without it tiles of the picture alone\n");
  return argc == 1 ? 0 : 2;
} catch (const mgan::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
