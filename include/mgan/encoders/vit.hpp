// The plain vision transformer (Dosovitskiy et al. 2021), and DeiT without distillation: model_type vit.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/encoders/config_fields.hpp"
#include "mgan/encoders/published_vision.hpp"
#include "mgan/encoders/published_weights.hpp"

namespace mgan::encoders {

struct VitConfig {
  VisionConfig sizes;
  bool qkv_bias = true;  // without, the biases are zeros
};

inline VitConfig read_vit_config(const io::Json& json, const std::string& where) {
  const ConfigFields f{json, where};
  VitConfig c;
  c.sizes.hidden_size = f.integer("hidden_size", 768);
  c.sizes.intermediate_size = f.integer("intermediate_size", 3072);
  c.sizes.layers = f.integer("num_hidden_layers", 12, 1000);
  c.sizes.heads = f.integer("num_attention_heads", 12);
  c.sizes.channels = f.integer("num_channels", 3);
  c.sizes.image_size = f.side("image_size", 224);
  c.sizes.patch_size = f.side("patch_size", 16);
  c.sizes.activation = f.activation("gelu");
  c.sizes.layer_norm_epsilon = f.epsilon("layer_norm_eps", 1e-12);
  c.sizes.patch_bias = true;
  c.sizes.pre_layernorm = false;
  c.qkv_bias = f.flag("qkv_bias", true);
  f.check_heads(c.sizes.hidden_size, c.sizes.heads);
  require(c.sizes.image_size % c.sizes.patch_size == 0, where, ": patch_size ", c.sizes.patch_size,
          " does not divide image_size ", c.sizes.image_size);
  return c;
}

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

}  // namespace detail

inline PublishedVision load_vit(const CheckpointFolder& folder, at::ScalarType type = at::kFloat) {
  const VitConfig config = read_vit_config(folder.config(), folder.config_path().string());
  PublishedVision vision = detail::empty_vision(folder, config.sizes);
  std::vector<WantedWeight> wanted;
  visit_parameters(vision.model, [&](const std::string& name, at::Tensor& weight) {
    WantedWeight w{detail::vit_name(name), &weight, shape(weight)};
    if (name == "embeddings.class_embedding") w.stored_shape = {1, 1, config.sizes.hidden_size};
    if (name == "embeddings.position_embedding.weight")
      w.stored_shape.insert(w.stored_shape.begin(), 1);  // (1, 1+M, d)
    const bool attention_bias =
        name.ends_with("q_proj.bias") || name.ends_with("k_proj.bias") || name.ends_with("v_proj.bias");
    w.expected = config.qkv_bias || !attention_bias;
    wanted.push_back(std::move(w));
  });
  const PublishedNames names{"", {"classifier.", "pooler.", "decoder.", "embeddings.mask_token"}};
  vision.ignored = load_published_weights(folder, wanted, names, type);
  return vision;
}

/// DeiT with distillation has two tokens in front of the patches.
[[noreturn]] inline PublishedVision refuse_deit(const CheckpointFolder& folder, at::ScalarType) {
  fail(folder.config_path().string(), ": model_type 'deit' has a distillation token, which is not supported; DeiT ",
       "without distillation is published as model_type 'vit'");
}

}  // namespace mgan::encoders
