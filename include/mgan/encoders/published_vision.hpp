// A vision transformer out of a Hugging Face folder, whoever trained it.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/matmul.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/encoders/checkpoint_folder.hpp"
#include "mgan/encoders/pixel_config.hpp"
#include "mgan/encoders/vision_transformer.hpp"
#include "mgan/image/pixel_normalization.hpp"

namespace mgan::encoders {

/// An ImageEncoder.
struct PublishedVision {
  VisionTransformer model;
  std::string folder;
  std::optional<image::PixelNormalization> usual;  // where the folder does not say; CLIP's for CLIP alone
  at::Tensor visual_projection;                    // (P, d) of CLIP; undefined where the file has none
  std::vector<std::string> ignored;                // tensors of other towers and of heads

  at::Tensor operator()(const at::Tensor& pictures) const { return model(pictures); }  // (I, 1+M, d)
  std::int64_t side() const { return model.config.image_size; }
  std::int64_t patches_a_side() const { return model.config.grid(); }
  std::int64_t width() const { return model.config.hidden_size; }
  /// By preprocessor_config.json, else config.json, else the usual ones.
  PixelConfig pixels() const {
    const auto config = read_pixel_config(folder, side(), usual);
    require(config.has_value(), folder, ": neither preprocessor_config.json nor config.json has image_mean and ",
            "image_std, and a plain ViT has no usual ones");
    return *config;
  }

  /// Tokens that passed the last normalisation (I, 1+M, d) -> CLIP's image_embeds (I, P), not of unit length.
  at::Tensor image_embeddings(const at::Tensor& tokens) const {
    require(visual_projection.defined(), "PublishedVision: the file has no visual_projection");
    return at::matmul(tokens.select(1, 0), visual_projection.t());  // (I, P)
  }
};

namespace detail {

/// A model of these sizes, without the weights of the folder yet.
inline PublishedVision empty_vision(const CheckpointFolder& folder, const VisionConfig& c) {
  check_size(folder, c.layers * c.hidden_size * (4 * c.hidden_size + 2 * c.intermediate_size) +
                         c.hidden_size * (c.patches() + c.channels * c.patch_size * c.patch_size));
  return {VisionTransformer::create(c), folder.where(), {}, {}, {}};
}

}  // namespace detail
}  // namespace mgan::encoders
