// Sizes from the config.json of a published encoder. Fields that are left out have the defaults of `transformers`, as
// there; fields that ask for another architecture are refused by name.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "mgan/core/error.hpp"
#include "mgan/encoders/text_transformer.hpp"
#include "mgan/encoders/vision_transformer.hpp"
#include "mgan/io/json.hpp"

namespace mgan::encoders {

namespace detail {

/// Typed access to the fields of an object; `where` opens every error message. null counts as left out.
struct Fields {
  const io::Json& json;
  std::string where;

  bool has(const char* key) const { return json.contains(key) && !json[key].is_null(); }

  std::int64_t integer(const char* key, std::int64_t fallback, std::int64_t most = 1 << 16) const {
    return has(key) ? as_integer(key, json[key], most) : fallback;
  }
  std::int64_t as_integer(const char* key, const io::Json& value, std::int64_t most) const {
    require(value.is_number_integer() && value.get<std::int64_t>() >= 1 && value.get<std::int64_t>() <= most, where,
            ": ", key, " is ", io::brief(value), ", expected an integer from 1 to ", most);
    return value.get<std::int64_t>();
  }
  /// A side in pixels: a number, or twice the same one.
  std::int64_t side(const char* key, std::int64_t fallback) const {
    if (!has(key) || !json[key].is_array()) return integer(key, fallback);
    require(json[key].size() == 2 && json[key][0] == json[key][1], where, ": ", key, " is ", io::brief(json[key]),
            ", expected a square");
    return as_integer(key, json[key][0], 1 << 16);
  }
  double epsilon(const char* key, double fallback) const {
    if (!has(key)) return fallback;
    const io::Json& value = json[key];
    require(value.is_number() && value.get<double>() > 0 && value.get<double>() < 1, where, ": ", key, " is ",
            io::brief(value), ", expected a number between 0 and 1");
    return value.get<double>();
  }
  std::string text(const char* key, const std::string& fallback) const {
    if (!has(key)) return fallback;
    require(json[key].is_string(), where, ": ", key, " is ", io::brief(json[key]), ", expected a string");
    return json[key].get<std::string>();
  }
  bool flag(const char* key, bool fallback) const {
    if (!has(key)) return fallback;
    require(json[key].is_boolean(), where, ": ", key, " is ", io::brief(json[key]), ", expected true or false");
    return json[key].get<bool>();
  }
  Activation activation(const std::string& fallback) const {
    const std::string name = text("hidden_act", fallback);
    require(name == "quick_gelu" || name == "gelu" || name == "gelu_python", where, ": hidden_act is '",
            printable(name), "', expected quick_gelu or gelu");
    return name == "quick_gelu" ? Activation::quick_gelu : Activation::gelu;
  }
  void check_heads(std::int64_t width, std::int64_t heads) const {
    require(width % heads == 0, where, ": num_attention_heads ", heads, " does not divide hidden_size ", width);
  }
};

}  // namespace detail

/// The two families of image encoders: names and parts differ, the transformer is the same.
enum class VisionFamily { clip, vit };

struct PublishedVisionConfig {
  VisionFamily family = VisionFamily::clip;
  VisionConfig sizes;
  bool qkv_bias = true;              // plain ViT may do without; the biases are zeros then
  std::int64_t projection_size = 0;  // of CLIP's visual_projection; 0 where the configuration does not say
};

/// CLIP (model_type clip or clip_vision_model) and plain ViT (vit).
inline PublishedVisionConfig published_vision_config(const io::Json& json, const std::string& where) {
  const detail::Fields top{json, where};
  const std::string type = top.text("model_type", top.has("vision_config") ? "clip" : "");
  require(type != "deit", where, ": model_type 'deit' has a distillation token, which is not supported; DeiT without ",
          "distillation is published as model_type 'vit'");
  require(type == "clip" || type == "clip_vision_model" || type == "vit", where, ": model_type is '", printable(type),
          "', expected clip, clip_vision_model or vit");
  const bool nested = type == "clip", vit = type == "vit";
  require(!nested || (top.has("vision_config") && json["vision_config"].is_object()), where,
          ": vision_config is missing or not an object");
  const detail::Fields f{nested ? json["vision_config"] : json, nested ? where + ": vision_config" : where};

  PublishedVisionConfig c;
  c.family = vit ? VisionFamily::vit : VisionFamily::clip;
  c.sizes.hidden_size = f.integer("hidden_size", 768);
  c.sizes.intermediate_size = f.integer("intermediate_size", 3072);
  c.sizes.layers = f.integer("num_hidden_layers", 12, 1000);
  c.sizes.heads = f.integer("num_attention_heads", 12);
  c.sizes.channels = f.integer("num_channels", 3);
  c.sizes.image_size = f.side("image_size", 224);
  c.sizes.patch_size = f.side("patch_size", vit ? 16 : 32);
  c.sizes.activation = f.activation(vit ? "gelu" : "quick_gelu");
  c.sizes.layer_norm_epsilon = f.epsilon("layer_norm_eps", vit ? 1e-12 : 1e-5);
  c.sizes.patch_bias = vit;
  c.sizes.pre_layernorm = !vit;
  c.qkv_bias = !vit || f.flag("qkv_bias", true);
  if (!vit && (nested ? top : f).has("projection_dim")) {
    c.projection_size = (nested ? top : f).integer("projection_dim", 0);
  }
  f.check_heads(c.sizes.hidden_size, c.sizes.heads);
  require(c.sizes.image_size % c.sizes.patch_size == 0, f.where, ": patch_size ", c.sizes.patch_size,
          " does not divide image_size ", c.sizes.image_size);
  return c;
}

/// BERT, as an encoder.
inline TextConfig published_text_config(const io::Json& json, const std::string& where) {
  const detail::Fields f{json, where};
  const std::string type = f.text("model_type", "bert"), positions = f.text("position_embedding_type", "absolute");
  require(type == "bert", where, ": model_type is '", printable(type), "', expected bert");
  require(positions == "absolute", where, ": position_embedding_type is '", printable(positions),
          "', expected absolute");
  require(!f.flag("is_decoder", false), where, ": is_decoder is true: a decoder does not see the words to come");
  require(!f.flag("add_cross_attention", false), where, ": add_cross_attention is true, expected a plain encoder");
  TextConfig c;
  c.vocabulary = f.integer("vocab_size", 30522, 1 << 24);
  c.positions = f.integer("max_position_embeddings", 512, 1 << 20);
  c.token_types = f.integer("type_vocab_size", 2);
  c.hidden_size = f.integer("hidden_size", 768);
  c.intermediate_size = f.integer("intermediate_size", 3072);
  c.layers = f.integer("num_hidden_layers", 12, 1000);
  c.heads = f.integer("num_attention_heads", 12);
  c.layer_norm_epsilon = f.epsilon("layer_norm_eps", 1e-12);
  c.activation = f.activation("gelu");
  f.check_heads(c.hidden_size, c.heads);
  return c;
}

}  // namespace mgan::encoders
