// Published encoders: CLIP's image tower, plain ViT and BERT from Hugging Face folders.
//
//     const auto vision = load_vision("clip-vit-base-patch32");    // vision.model(pictures) -> (I, 1+M, d)
//     const auto text = load_text("bert-base-uncased");            // text.model(ids, lengths) -> (T, n, d)
//
// Names differ between versions and authors; what is understood is in docs/encoders.md. Everything else is refused.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/encoders/checkpoint_folder.hpp"
#include "mgan/encoders/published_config.hpp"
#include "mgan/encoders/published_weights.hpp"
#include "mgan/encoders/text_transformer.hpp"
#include "mgan/encoders/vision_transformer.hpp"

namespace mgan::encoders {

struct PublishedVision {
  VisionTransformer model;
  VisionFamily family = VisionFamily::clip;
  at::Tensor visual_projection;      // (P, d) of CLIP; undefined where the file has none
  std::vector<std::string> ignored;  // tensors of other towers and of heads

  /// Tokens that passed the last normalisation (I, 1+M, d) -> CLIP's image_embeds (I, P), not of unit length.
  at::Tensor image_embeddings(const at::Tensor& tokens) const {
    require(visual_projection.defined(), "PublishedVision: the file has no visual_projection");
    return at::matmul(tokens.select(1, 0), visual_projection.t());  // (I, P)
  }
};

struct PublishedText {
  TextTransformer model;
  std::vector<std::string> ignored;
};

namespace detail {

/// The name in ViT's files of a weight that VisionTransformer visits by CLIP's name.
inline std::string vit_name(std::string name) {
  static constexpr std::pair<std::string_view, std::string_view> spellings[] = {
      {"embeddings.class_embedding", "embeddings.cls_token"},
      {"embeddings.patch_embedding.", "embeddings.patch_embeddings.projection."},
      {"embeddings.position_embedding.weight", "embeddings.position_embeddings"},
      {"encoder.layers.", "encoder.layer."},
      {"layer_norm1.", "layernorm_before."},
      {"layer_norm2.", "layernorm_after."},
      {"self_attn.q_proj.", "attention.attention.query."},
      {"self_attn.k_proj.", "attention.attention.key."},
      {"self_attn.v_proj.", "attention.attention.value."},
      {"self_attn.out_proj.", "attention.output.dense."},
      {"mlp.fc1.", "intermediate.dense."},
      {"mlp.fc2.", "output.dense."},
      {"post_layernorm.", "layernorm."}};
  for (const auto& [ours, theirs] : spellings)
    if (const std::size_t at = name.find(ours); at != std::string::npos) name.replace(at, ours.size(), theirs);
  return name;
}

/// A configuration of terabytes is refused before memory is taken for it.
inline void check_size(const CheckpointFolder& folder, std::int64_t weights) {
  const auto stored = folder.elements();
  require(static_cast<std::uint64_t>(weights) / 64 <= stored + 1'000'000, folder.config_path().string(),
          ": describes more than ", weights, " weights, the files hold ", stored);
}

}  // namespace detail

/// The image encoder of a CLIP or ViT folder, as numbers of type `type` on the CPU, whatever type the file has.
inline PublishedVision load_vision(const std::filesystem::path& path, at::ScalarType type = at::kFloat) {
  const CheckpointFolder folder(path);
  const PublishedVisionConfig config = published_vision_config(folder.config(), folder.config_path().string());
  const VisionConfig& c = config.sizes;
  const bool vit = config.family == VisionFamily::vit;
  detail::check_size(folder, c.layers * c.hidden_size * (4 * c.hidden_size + 2 * c.intermediate_size) +
                                 c.hidden_size * (c.patches() + c.channels * c.patch_size * c.patch_size));

  PublishedVision vision{VisionTransformer::create(c), config.family, {}, {}};
  std::vector<WantedWeight> wanted;
  visit_parameters(vision.model, [&](const std::string& name, at::Tensor& weight) {
    WantedWeight w{vit ? detail::vit_name(name) : name, &weight, shape(weight)};
    if (vit && (name == "embeddings.class_embedding" || name == "embeddings.position_embedding.weight")) {
      if (w.stored_shape.size() == 1) w.stored_shape.insert(w.stored_shape.begin(), 1);
      w.stored_shape.insert(w.stored_shape.begin(), 1);  // (1, 1, d) and (1, 1+M, d)
    }
    const bool attention_bias =
        name.ends_with("q_proj.bias") || name.ends_with("k_proj.bias") || name.ends_with("v_proj.bias");
    w.expected = config.qkv_bias || !attention_bias;
    wanted.push_back(std::move(w));
  });
  PublishedNames names;
  if (vit) {
    names = {"", {"classifier.", "pooler.", "decoder.", "embeddings.mask_token"}};
  } else {
    names = {"text_model.",
             {"text_model.", "text_projection.", "logit_scale", "classifier.", "embeddings.position_ids"}};
    const auto found = folder.tensors().find("visual_projection.weight");
    if (found != folder.tensors().end()) {
      const Shape& stored = found->second->shape;
      const std::int64_t rows = config.projection_size > 0 ? config.projection_size : stored.empty() ? 1 : stored[0];
      wanted.push_back({"visual_projection.weight", &vision.visual_projection, {rows, c.hidden_size}, true, true});
    }
  }
  vision.ignored = load_published_weights(folder, wanted, names, type);
  return vision;
}

/// The encoder of a BERT folder. Its pooler and its heads are ignored: mgan reads [CLS] as it leaves the last layer.
inline PublishedText load_text(const std::filesystem::path& path, at::ScalarType type = at::kFloat) {
  const CheckpointFolder folder(path);
  const TextConfig c = published_text_config(folder.config(), folder.config_path().string());
  detail::check_size(folder, c.layers * c.hidden_size * (4 * c.hidden_size + 2 * c.intermediate_size) +
                                 c.hidden_size * (c.vocabulary + c.positions + c.token_types));
  PublishedText text{TextTransformer::create(c), {}};
  std::vector<WantedWeight> wanted;
  visit_parameters(text.model, [&](const std::string& name, at::Tensor& weight) {
    wanted.push_back({name, &weight, shape(weight)});
  });
  const PublishedNames names{
      "", {"pooler.", "cls.", "classifier.", "qa_outputs.", "embeddings.position_ids", "embeddings.token_type_ids"}};
  text.ignored = load_published_weights(folder, wanted, names, type);
  return text;
}

}  // namespace mgan::encoders
