// CLIP's image tower (Radford et al. 2021): model_type clip, whose vision_config counts, or clip_vision_model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/encoders/config_fields.hpp"
#include "mgan/encoders/published_vision.hpp"
#include "mgan/encoders/published_weights.hpp"

namespace mgan::encoders {

struct ClipConfig {
  VisionConfig sizes;
  std::int64_t projection_size = 0;  // of visual_projection; 0 where the configuration does not say
};

inline ClipConfig read_clip_config(const io::Json& json, const std::string& where) {
  const ConfigFields top{json, where};
  const bool nested = top.text("model_type", "clip") == "clip";
  require(!nested || (top.has("vision_config") && json["vision_config"].is_object()), where,
          ": vision_config is missing or not an object");
  const ConfigFields f{nested ? json["vision_config"] : json, nested ? where + ": vision_config" : where};
  ClipConfig c;
  c.sizes.hidden_size = f.integer("hidden_size", 768);
  c.sizes.intermediate_size = f.integer("intermediate_size", 3072);
  c.sizes.layers = f.integer("num_hidden_layers", 12, 1000);
  c.sizes.heads = f.integer("num_attention_heads", 12);
  c.sizes.channels = f.integer("num_channels", 3);
  c.sizes.image_size = f.side("image_size", 224);
  c.sizes.patch_size = f.side("patch_size", 32);
  c.sizes.activation = f.activation("quick_gelu");
  c.sizes.layer_norm_epsilon = f.epsilon("layer_norm_eps", 1e-5);
  if (const ConfigFields& projected = nested ? top : f; projected.has("projection_dim"))
    c.projection_size = projected.integer("projection_dim", 0);
  f.check_heads(c.sizes.hidden_size, c.sizes.heads);
  require(c.sizes.image_size % c.sizes.patch_size == 0, f.where, ": patch_size ", c.sizes.patch_size,
          " does not divide image_size ", c.sizes.image_size);
  return c;
}

inline PublishedVision load_clip(const CheckpointFolder& folder, at::ScalarType type = at::kFloat) {
  const ClipConfig config = read_clip_config(folder.config(), folder.config_path().string());
  PublishedVision vision = detail::empty_vision(folder, config.sizes);
  vision.usual.emplace();
  std::vector<WantedWeight> wanted;
  visit_parameters(vision.model, [&](const std::string& name, at::Tensor& weight) {
    wanted.push_back({name, &weight, shape(weight)});
  });
  if (const auto found = folder.tensors().find("visual_projection.weight"); found != folder.tensors().end()) {
    const Shape& stored = found->second->shape;
    const std::int64_t rows = config.projection_size > 0 ? config.projection_size : stored.empty() ? 1 : stored[0];
    wanted.push_back(
        {"visual_projection.weight", &vision.visual_projection, {rows, config.sizes.hidden_size}, true, true});
  }
  const PublishedNames names{
      "text_model.", {"text_model.", "text_projection.", "logit_scale", "classifier.", "embeddings.position_ids"}};
  vision.ignored = load_published_weights(folder, wanted, names, type);
  return vision;
}

}  // namespace mgan::encoders
