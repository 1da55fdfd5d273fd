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
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/encoders/hugging_face.hpp"
#include "mgan/encoders/pixel_config.hpp"
#include "mgan/image/clip_pixels.hpp"
#include "mgan/image/resize.hpp"
#include "mgan/io/json.hpp"
#include "mgan/io/sha256.hpp"
#include "mgan/text/tokenizer_config.hpp"
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
/// `more` is what a version asks of the same files that others did not.
inline std::string identity(const std::filesystem::path& folder, const std::vector<std::string>& others,
                            const std::string& more = "") {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool weights = name.starts_with("model") && (name.ends_with(".safetensors") || name.ends_with(".index.json"));
    if (weights || std::find(others.begin(), others.end(), name) != others.end()) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  io::Sha256 all;
  for (const std::string& name : names) all.add(name).add("\n").add(io::sha256_of_file(folder / name)).add("\n");
  return all.add(more).hex();
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
  PixelConfig pixels;
  std::string vision_sha256, text_sha256;  // of weights, configuration and vocabulary

  static EncoderPair load(const EncoderFolders& folders) {
    EncoderPair pair;
    pair.folders = folders;
    pair.vision = load_vision(folders.vision);
    pair.text = load_text(folders.text);
    const text::BertNormalizer normalizer = text::read_normalizer(folders.text);
    const io::MappedFile vocabulary(folders.text / "vocab.txt");
    const std::string name = (folders.text / "vocab.txt").string();
    pair.tokenizer = text::WordPiece::parse(vocabulary.text(), name, normalizer);
    for (const std::string_view piece : text::WordPiece::pieces_of(vocabulary.text(), name))
      pair.vocabulary.emplace_back(piece);
    std::optional<image::PixelNormalization> usual;
    if (pair.vision.family == VisionFamily::clip) usual.emplace();
    const auto pixels = read_pixel_config(folders.vision, pair.side(), usual);
    require(pixels.has_value(), folders.vision.string(), ": neither preprocessor_config.json nor config.json has ",
            "image_mean and image_std, and a plain ViT has no usual ones");
    pair.pixels = *pixels;
    require(folders.fit == PictureFit::squash || pixels->short_side.value_or(pair.side()) == pair.side(),
            folders.vision.string(), ": preprocessor_config.json crops ", pair.side(), " pixels from a short side of ",
            pixels->short_side.value_or(0), ", but --fit crop scales the short side to ", pair.side());
    pair.vision_sha256 =
        detail::identity(folders.vision, {"config.json", "preprocessor_config.json"}, pixels->differs());
    pair.text_sha256 = detail::identity(folders.text, {"config.json", "vocab.txt", "tokenizer_config.json"},
                                        normalizer.chinese_apart ? "" : "Chinese characters not apart\n");
    const TextConfig& c = pair.text.model.config;
    require(c.layers >= 1, folders.text.string(), ": a BERT without layers");
    require(pair.tokenizer.size() <= c.vocabulary, name, ": ", pair.tokenizer.size(), " pieces, the weights have ",
            c.vocabulary);
    require(folders.max_words >= 1 && folders.max_words + 2 <= c.positions, "max_words is ", folders.max_words,
            ", expected 1..", c.positions - 2, ", the positions of ", folders.text.string());
    return pair;
  }

  int side() const { return static_cast<int>(vision.model.config.image_size); }

  /// A picture of any size -> side x side.
  data::Picture fitted(const data::Picture& picture) const {
    if (picture.width == side() && picture.height == side()) return picture;
    return folders.fit == PictureFit::squash ? image::resize(picture, side(), side(), pixels.filter)
                                             : image::fit(picture, side(), side(), pixels.filter);
  }

  /// Pictures of any size -> tokens (I, 1+M, d_p), [CLS] first.
  at::Tensor tokens(const std::vector<data::Picture>& pictures) const {
    const at::NoGradGuard frozen;
    at::Tensor batch = at::empty({static_cast<std::int64_t>(pictures.size()), 3, side(), side()}, at::kFloat);
    float* out = batch.mutable_data_ptr<float>();
    for (const data::Picture& picture : pictures) {
      const std::vector<float> numbers = pixels.normalization(fitted(picture));  // (3, side, side)
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
