// Raw pictures and sentences to what the matcher takes, through the two published encoders.
//
//     const EncoderPair encoders = EncoderPair::load({"clip-vit-base-patch32", "bert-base-uncased"});
//     const at::Tensor tokens = encoders.tokens(pictures);                       // (I, 1+M, d_p), [CLS] first
//     const CaptionStates words = encoders.states(encoders.ids("a dog runs"));   // (T, n, d_w)
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/encoders/hugging_face.hpp"
#include "mgan/image/clip_pixels.hpp"
#include "mgan/image/resize.hpp"
#include "mgan/io/json.hpp"
#include "mgan/io/sha256.hpp"
#include "mgan/text/wordpiece.hpp"
#include "mgan/train/token_batch.hpp"

namespace mgan::encoders {

/// How a picture becomes the square that the image encoder takes: all of it, or the middle as CLIP does.
enum class PictureFit { squash, crop };

/// Everything that decides what raw data are encoded to, the weights themselves apart.
struct EncoderFolders {
  std::filesystem::path vision, text;
  PictureFit fit = PictureFit::squash;
  std::int64_t max_words = 32;  // pieces of a caption, [CLS] and [SEP] not counted
};

/// The part of a picture of width x height pixels that the encoder's square of `side` pixels shows.
inline image::PictureWindow seen_window(int width, int height, int side, PictureFit fit) {
  return fit == PictureFit::squash ? image::PictureWindow{} : image::fitted_window(width, height, side, side);
}

/// A box where the encoder's picture of `side` x `side` pixels shows it; without area where the crop left it out.
inline data::Box fitted_box(const data::Box& box, int width, int height, int side, PictureFit fit) {
  const auto s = static_cast<float>(side), w = static_cast<float>(width), h = static_cast<float>(height);
  if (fit == PictureFit::squash) return {box.x1 * s / w, box.y1 * s / h, box.x2 * s / w, box.y2 * s / h};
  const image::PictureWindow seen = seen_window(width, height, side, fit);
  const auto inside = [s](float x, float all, double first, double last) {
    return std::clamp(static_cast<float>((static_cast<double>(x / all) - first) / (last - first)) * s, 0.0f, s);
  };
  return {inside(box.x1, w, seen.left, seen.right), inside(box.y1, h, seen.top, seen.bottom),
          inside(box.x2, w, seen.left, seen.right), inside(box.y2, h, seen.top, seen.bottom)};
}

namespace detail {

/// Weights, configuration and vocabulary by their contents: the same folder elsewhere is the same encoder.
inline std::string identity(const std::filesystem::path& folder, const std::vector<std::string>& others) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool weights = name.starts_with("model") && (name.ends_with(".safetensors") || name.ends_with(".index.json"));
    if (weights || std::find(others.begin(), others.end(), name) != others.end()) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  io::Sha256 all;
  for (const std::string& name : names) all.add(name).add("\n").add(io::sha256_of_file(folder / name)).add("\n");
  return all.hex();
}

/// Mean and deviation of the channels: preprocessor_config.json, else config.json, else CLIP's for CLIP alone.
inline image::PixelNormalization pixel_normalization(const std::filesystem::path& folder, VisionFamily family) {
  for (const char* name : {"preprocessor_config.json", "config.json"}) {
    const auto path = folder / name;
    if (!std::filesystem::exists(path)) continue;
    const io::Json json = io::read_json(path);
    if (!json.is_object() || !json.contains("image_mean")) continue;
    image::PixelNormalization normalization;
    const auto read = [&](const char* key, std::array<double, 3>& into) {
      const bool three = json.contains(key) && json[key].is_array() && json[key].size() == 3 &&
                         std::all_of(json[key].begin(), json[key].end(), [](const auto& x) { return x.is_number(); });
      require(three, path.string(), ": ", key, " is not three numbers");
      for (std::size_t c = 0; c < 3; ++c) into[c] = json[key][c].template get<double>();
    };
    read("image_mean", normalization.mean);
    read("image_std", normalization.deviation);
    for (const double x : normalization.deviation) require(x > 0, path.string(), ": image_std has ", x);
    return normalization;
  }
  require(family == VisionFamily::clip, folder.string(), ": neither preprocessor_config.json nor config.json has ",
          "image_mean and image_std, and a plain ViT has no usual ones");
  return {};
}

inline std::vector<std::string> lines(const std::filesystem::path& path) {
  std::vector<std::string> all;
  const io::MappedFile file(path);
  for (std::string_view rest = file.text(); !rest.empty();) {
    const std::size_t end = rest.find('\n');
    all.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return all;
}

inline text::WordPiece tokenizer(const std::filesystem::path& folder) {
  text::BertNormalizer normalizer;
  if (const auto path = folder / "tokenizer_config.json"; std::filesystem::exists(path)) {
    const io::Json json = io::read_json(path);
    if (json.is_object() && json.contains("do_lower_case") && json["do_lower_case"].is_boolean())
      normalizer.uncased = json["do_lower_case"].get<bool>();
  }
  return text::WordPiece::load(folder / "vocab.txt", normalizer);
}

}  // namespace detail

/// Captions between the layers of BERT: what a tuned last layer takes, and what the frozen one returns.
struct CaptionStates {
  at::Tensor before_last;  // (T, n, d_w), as they leave the last layer but one
  at::Tensor last;         // (T, n, d_w)
  at::Tensor lengths;      // (T), [CLS] and [SEP] counted
};

/// Two frozen encoders and what stands before them. Const calls are safe from any number of threads.
struct EncoderPair {
  EncoderFolders folders;
  PublishedVision vision;
  PublishedText text;
  text::WordPiece tokenizer;
  std::vector<std::string> vocabulary;  // pieces by id
  image::PixelNormalization normalization;
  std::string vision_sha256, text_sha256;  // of weights, configuration and vocabulary

  static EncoderPair load(const EncoderFolders& folders) {
    EncoderPair pair;
    pair.folders = folders;
    pair.vision = load_vision(folders.vision);
    pair.text = load_text(folders.text);
    pair.tokenizer = detail::tokenizer(folders.text);
    pair.vocabulary = detail::lines(folders.text / "vocab.txt");
    pair.normalization = detail::pixel_normalization(folders.vision, pair.vision.family);
    pair.vision_sha256 = detail::identity(folders.vision, {"config.json", "preprocessor_config.json"});
    pair.text_sha256 = detail::identity(folders.text, {"config.json", "vocab.txt", "tokenizer_config.json"});
    const TextConfig& c = pair.text.model.config;
    require(c.layers >= 1, folders.text.string(), ": a BERT without layers");
    require(pair.tokenizer.size() <= c.vocabulary, (folders.text / "vocab.txt").string(), ": ", pair.tokenizer.size(),
            " pieces, the weights have ", c.vocabulary);
    require(folders.max_words >= 1 && folders.max_words + 2 <= c.positions, "max_words is ", folders.max_words,
            ", expected 1..", c.positions - 2, ", the positions of ", folders.text.string());
    return pair;
  }

  int side() const { return static_cast<int>(vision.model.config.image_size); }

  /// A picture of any size -> side x side.
  data::Picture fitted(const data::Picture& picture) const {
    if (picture.width == side() && picture.height == side()) return picture;
    return folders.fit == PictureFit::squash ? image::resize(picture, side(), side())
                                             : image::fit(picture, side(), side());
  }

  /// Pictures of any size -> tokens (I, 1+M, d_p), [CLS] first.
  at::Tensor tokens(const std::vector<data::Picture>& pictures) const {
    const at::NoGradGuard frozen;
    at::Tensor batch = at::empty({static_cast<std::int64_t>(pictures.size()), 3, side(), side()}, at::kFloat);
    float* out = batch.mutable_data_ptr<float>();
    for (const data::Picture& picture : pictures) {
      const std::vector<float> numbers = normalization(fitted(picture));  // (3, side, side)
      out = std::copy(numbers.begin(), numbers.end(), out);
    }
    return vision.model(batch);
  }

  /// [CLS] piece ... piece [SEP]; `truncated` counts captions that were cut to max_words.
  std::vector<std::int64_t> ids(const std::string& caption, std::size_t& truncated) const {
    return tokenizer.encode(caption, static_cast<std::size_t>(folders.max_words) + 2, truncated);
  }

  /// The pieces behind ids, without [CLS] and [SEP]: what the words of a caption are called.
  std::vector<std::string> pieces(const std::vector<std::int64_t>& ids) const {
    std::vector<std::string> all;
    for (std::size_t i = 1; i + 1 < ids.size(); ++i) all.push_back(vocabulary[static_cast<std::size_t>(ids[i])]);
    return all;
  }

  /// Ids of T captions, [CLS] and [SEP] included.
  CaptionStates states(const std::vector<std::vector<std::int64_t>>& captions) const {
    const at::NoGradGuard frozen;
    const train::TokenBatch batch = train::token_batch(captions, tokenizer.pad);
    const TextTransformer& bert = text.model;
    const at::Tensor before = bert.after(bert.layers.size() - 1, batch.ids, batch.lengths);  // (T, n, d_w)
    return {before, with_mask(bert.layers.back(), before, batch.lengths), batch.lengths};
  }
};

}  // namespace mgan::encoders
