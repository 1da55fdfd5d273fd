// Published encoders from Hugging Face folders: one row for each architecture, by the model_type of config.json.
//
//     const auto vision = load_vision("clip-vit-base-patch32");    // vision.model(pictures) -> (I, 1+M, d)
//     const auto text = load_text("bert-base-uncased");            // text.model(ids, lengths) -> (T, n, d)
//
// Names differ between versions and authors; what is understood is in docs/encoders.md. Everything else is refused.
// To add an architecture: a header whose functor is an ImageEncoder or a TextEncoder, a row here, a test.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/encoders/any_encoder.hpp"
#include "mgan/encoders/bert.hpp"
#include "mgan/encoders/checkpoint_folder.hpp"
#include "mgan/encoders/clip.hpp"
#include "mgan/encoders/config_fields.hpp"
#include "mgan/encoders/distilbert.hpp"
#include "mgan/encoders/published_text.hpp"
#include "mgan/encoders/published_vision.hpp"
#include "mgan/encoders/vit.hpp"

namespace mgan::encoders {

/// `files`, beside the weights and config.json, decide what the encoder computes.
struct ImageEncoderRow {
  std::string_view model_type;
  AnyImageEncoder (*open)(const CheckpointFolder&, at::ScalarType);
};
struct TextEncoderRow {
  std::string_view model_type;
  AnyTextEncoder (*open)(const CheckpointFolder&, at::ScalarType);
  AnyTokenizer (*tokenizer)(const std::filesystem::path& folder);
  std::span<const char* const> tokenizer_files;
};

namespace detail {

/// A loader of one architecture as a row has it.
template <auto load>
AnyImageEncoder image_encoder(const CheckpointFolder& folder, at::ScalarType type) {
  return load(folder, type);
}
template <auto load>
AnyTextEncoder text_encoder(const CheckpointFolder& folder, at::ScalarType type) {
  return load(folder, type);
}

}  // namespace detail

inline constexpr ImageEncoderRow image_encoders[] = {{"clip", detail::image_encoder<load_clip>},
                                                     {"clip_vision_model", detail::image_encoder<load_clip>},
                                                     {"vit", detail::image_encoder<load_vit>},
                                                     {"deit", detail::image_encoder<refuse_deit>}};

inline constexpr TextEncoderRow text_encoders[] = {
    {"bert", detail::text_encoder<load_bert>, load_wordpiece, wordpiece_files},
    {"distilbert", detail::text_encoder<load_distilbert>, load_wordpiece, wordpiece_files}};

namespace detail {

/// The row of the folder's model_type.
template <class Rows>
const auto& row_of(const Rows& rows, const CheckpointFolder& folder, const char* left_out) {
  const std::string type = ConfigFields{folder.config(), folder.config_path().string()}.text("model_type", left_out);
  std::string known;
  for (const auto& row : rows) {
    if (row.model_type == type) return row;
    known += (known.empty() ? "" : ", ") + std::string(row.model_type);
  }
  fail(folder.config_path().string(), ": model_type is '", type, "', expected one of ", known);
}

}  // namespace detail

/// The row of a folder's image encoder; old CLIP folders have no model_type.
inline const ImageEncoderRow& image_encoder_row(const CheckpointFolder& folder) {
  return detail::row_of(image_encoders, folder, folder.config().contains("vision_config") ? "clip" : "");
}
/// The row of a folder's text encoder; old BERT folders have no model_type.
inline const TextEncoderRow& text_encoder_row(const CheckpointFolder& folder) {
  return detail::row_of(text_encoders, folder, "bert");
}

/// The encoder of a folder, as numbers of type `type` on the CPU, whatever type the file has.
inline AnyImageEncoder load_image_encoder(const std::filesystem::path& path, at::ScalarType type = at::kFloat) {
  const CheckpointFolder folder(path);
  return image_encoder_row(folder).open(folder, type);
}
inline AnyTextEncoder load_text_encoder(const std::filesystem::path& path, at::ScalarType type = at::kFloat) {
  const CheckpointFolder folder(path);
  return text_encoder_row(folder).open(folder, type);
}

/// The same where it is a vision transformer, as CLIP's and ViT's are, with its weights at hand.
inline PublishedVision load_vision(const std::filesystem::path& path, at::ScalarType type = at::kFloat) {
  const AnyImageEncoder encoder = load_image_encoder(path, type);
  const auto* vision = encoder.target<PublishedVision>();
  require(vision, path.string(), ": its image encoder is no vision transformer");
  return *vision;
}
/// The same where it is a BERT.
inline PublishedText load_text(const std::filesystem::path& path, at::ScalarType type = at::kFloat) {
  const AnyTextEncoder encoder = load_text_encoder(path, type);
  const auto* text = encoder.target<PublishedText>();
  require(text, path.string(), ": its text encoder is no BERT");
  return *text;
}

}  // namespace mgan::encoders
