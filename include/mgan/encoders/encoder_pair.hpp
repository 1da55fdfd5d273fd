// Raw pictures and sentences to what the matcher takes, through two published encoders.
//
//     const EncoderPair encoders = EncoderPair::load({"clip-vit-base-patch32", "bert-base-uncased"});
//     const at::Tensor tokens = encoders.tokens(pictures);                       // (I, 1+M, d_p), [CLS] first
//     const CaptionStates words = encoders.states(encoders.ids("a dog runs"));   // (T, n, d_w)
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mgan/backend/torch/autocast.hpp"
#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/encoders/any_encoder.hpp"
#include "mgan/encoders/checkpoint_folder.hpp"
#include "mgan/encoders/hugging_face.hpp"
#include "mgan/encoders/image_batch.hpp"
#include "mgan/encoders/picture_fit.hpp"
#include "mgan/encoders/pixel_config.hpp"
#include "mgan/encoders/token_batch.hpp"
#include "mgan/image/clip_pixels.hpp"
#include "mgan/image/resize.hpp"
#include "mgan/io/sha256.hpp"

namespace mgan::encoders {

/// Everything that decides what raw data are encoded to, the weights themselves apart.
struct EncoderFolders {
  std::filesystem::path vision, text;
  PictureFit fit = PictureFit::squash;
  std::int64_t max_words = 32;  // pieces of a caption, [CLS] and [SEP] not counted
  bool bf16 = false;            // products in bfloat16, by autocast; what comes out is in single precision
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

/// Two frozen encoders and what stands before them. Const calls are safe from any number of threads.
struct EncoderPair {
  EncoderFolders folders;
  AnyImageEncoder vision;
  AnyTextEncoder text;
  AnyTokenizer tokenizer;
  PixelConfig pixels;
  std::string vision_sha256, text_sha256;  // of weights, configuration and tokenizer

  /// Any pair of architectures that hugging_face.hpp has a row of.
  static EncoderPair load(const EncoderFolders& folders) {
    const CheckpointFolder vision(folders.vision), text(folders.text);
    const TextEncoderRow& row = text_encoder_row(text);
    EncoderPair pair;
    pair.folders = folders;
    pair.vision = image_encoder_row(vision).open(vision, at::kFloat);
    pair.pixels = pair.vision.pixels();  // refused now where the folder does not say
    pair.text = row.open(text, at::kFloat);
    pair.tokenizer = row.tokenizer(folders.text);
    const std::int64_t short_side = pair.pixels.short_side.value_or(pair.side());
    require(folders.fit == PictureFit::squash || short_side == pair.side(), folders.vision.string(),
            ": preprocessor_config.json crops ", pair.side(), " pixels from a short side of ", short_side,
            ", but --fit crop scales the short side to ", pair.side());
    std::vector<std::string> text_files{"config.json"};
    text_files.insert(text_files.end(), row.tokenizer_files.begin(), row.tokenizer_files.end());
    pair.vision_sha256 =
        detail::identity(folders.vision, {"config.json", "preprocessor_config.json"}, pair.pixels.differs());
    pair.text_sha256 = detail::identity(folders.text, text_files, pair.tokenizer.differs);
    const auto pieces = static_cast<std::int64_t>(pair.tokenizer.vocabulary.size());
    require(pieces <= pair.text.vocabulary(), folders.text.string(), ": the tokenizer has ", pieces,
            " pieces, the weights have ", pair.text.vocabulary());
    require(folders.max_words >= 1 && folders.max_words + 2 <= pair.text.positions(), "max_words is ",
            folders.max_words, ", expected 1..", pair.text.positions() - 2, ", the positions of ",
            folders.text.string());
    return pair;
  }

  int side() const { return static_cast<int>(vision.side()); }

  /// A picture of any size -> side x side.
  data::Picture fitted(const data::Picture& picture) const { return fitted(picture, side()); }
  /// The same at another size, to be cropped from.
  data::Picture fitted(const data::Picture& picture, int to) const {
    if (picture.width == to && picture.height == to) return picture;
    return folders.fit == PictureFit::squash ? image::resize(picture, to, to, pixels.filter)
                                             : image::fit(picture, to, to, pixels.filter);
  }

  /// Pictures of any size -> tokens (I, 1+M, d_p), [CLS] first.
  at::Tensor tokens(const std::vector<data::Picture>& pictures) const {
    const at::NoGradGuard frozen;
    std::vector<data::Picture> squares;
    for (const data::Picture& picture : pictures) squares.push_back(fitted(picture));
    const Autocast half(at::kCPU, folders.bf16);
    return vision(image_batch(squares, pixels.normalization)).to(at::kFloat);
  }

  /// [CLS] piece ... piece [SEP]; `truncated` counts captions that were cut to max_words.
  std::vector<std::int64_t> ids(const std::string& caption, std::size_t& truncated) const {
    return tokenizer.encode(caption, static_cast<std::size_t>(folders.max_words) + 2, truncated);
  }

  /// The pieces behind ids, without [CLS] and [SEP]: what the words of a caption are called.
  std::vector<std::string> pieces(const std::vector<std::int64_t>& ids) const {
    std::vector<std::string> all;
    for (std::size_t i = 1; i + 1 < ids.size(); ++i)
      all.push_back(tokenizer.vocabulary[static_cast<std::size_t>(ids[i])]);
    return all;
  }

  /// Ids of T captions, [CLS] and [SEP] included.
  CaptionStates states(const std::vector<std::vector<std::int64_t>>& captions) const {
    const at::NoGradGuard frozen;
    const TokenBatch batch = token_batch(captions, tokenizer.pad);
    const Autocast half(at::kCPU, folders.bf16);
    CaptionStates states = text.states(batch.ids, batch.lengths);  // (T, n, d_w)
    states.last = states.last.to(at::kFloat);
    if (states.before_last.defined()) states.before_last = states.before_last.to(at::kFloat);
    return states;
  }
};

}  // namespace mgan::encoders
