// The image encoder: CLIP's vision transformer (Radford et al. 2021), structure and names of its published weights.
//
//     x_0 = LN_pre([class; patches W_e + b_e] + positions)
//     x'  = x + out(attention(LN_1(x)));   x_next = x' + fc2(activation(fc1(LN_2(x'))))        per layer, pre-LN
//     y   = LN_post(x_layers), to all tokens, to [CLS] alone, or not at all
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/encoders/layers.hpp"

namespace mgan::encoders {

/// Which tokens pass through the last layer normalisation. Published CLIP code normalises [CLS] alone; `all` is the
/// default (docs/mathematics.md, section 3), because the patches are used as well.
enum class PostLayerNorm { cls, all, none };

/// Sizes. The defaults are ViT-B/32 at 224 pixels.
struct VisionConfig {
  std::int64_t image_size = 224, patch_size = 32, channels = 3;
  std::int64_t hidden_size = 768, intermediate_size = 3072, layers = 12, heads = 12;
  double layer_norm_epsilon = 1e-5;
  Activation activation = Activation::quick_gelu;
  PostLayerNorm post_layernorm = PostLayerNorm::all;
  bool patch_bias = false;    // plain ViT and DeiT have one
  bool pre_layernorm = true;  // and no normalisation before the layers

  std::int64_t grid() const { return image_size / patch_size; }  // patches along a side
  std::int64_t patches() const { return grid() * grid(); }       // M
};

/// Throws when the sizes do not fit together.
inline void check(const VisionConfig& c) {
  require(c.image_size > 0 && c.patch_size > 0 && c.image_size % c.patch_size == 0, "VisionTransformer: patch_size ",
          c.patch_size, " does not divide image_size ", c.image_size);
  require(c.heads > 0 && c.hidden_size > 0 && c.hidden_size % c.heads == 0, "VisionTransformer: heads ", c.heads,
          " does not divide hidden_size ", c.hidden_size);
  require(c.layers >= 0 && c.intermediate_size > 0 && c.channels > 0, "VisionTransformer: layers ", c.layers,
          ", intermediate_size ", c.intermediate_size, ", channels ", c.channels);
}

struct VisionAttention {
  Linear q_proj, k_proj, v_proj, out_proj;
  std::int64_t heads = 1;

  at::Tensor operator()(const at::Tensor& x) const {
    return out_proj(attend(q_proj(x), k_proj(x), v_proj(x), heads));  // (I, 1+M, d)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("q_proj", self.q_proj);
    f("k_proj", self.k_proj);
    f("v_proj", self.v_proj);
    f("out_proj", self.out_proj);
  }
};

struct VisionLayer {
  LayerNorm layer_norm1;
  VisionAttention self_attn;
  LayerNorm layer_norm2;
  Linear fc1, fc2;
  Activation activation = Activation::quick_gelu;

  at::Tensor operator()(const at::Tensor& x) const {
    const auto y = x.add(self_attn(layer_norm1(x)));                   // (I, 1+M, d)
    return y.add(feed_forward(fc1, fc2, activation, layer_norm2(y)));  // (I, 1+M, d)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("layer_norm1", self.layer_norm1);
    f("self_attn", self.self_attn);
    f("layer_norm2", self.layer_norm2);
    f("mlp.fc1", self.fc1);
    f("mlp.fc2", self.fc2);
  }
};

/// Pictures (I, channels, H, W) -> tokens (I, 1+M, d), [CLS] first, patches row by row.
struct VisionTransformer {
  VisionConfig config;
  at::Tensor class_embedding;     // (d)
  at::Tensor patch_embedding;     // (d, channels, patch, patch)
  at::Tensor patch_bias;          // (d), undefined unless config.patch_bias
  at::Tensor position_embedding;  // (1+M, d)
  LayerNorm pre_layernorm;        // undefined weights unless config.pre_layernorm
  std::vector<VisionLayer> layers;
  LayerNorm post_layernorm;

  /// Zeros and unit normalisations in the shapes of `config`: for weights from a file, or initialize(model, seed).
  static VisionTransformer create(const VisionConfig& config) {
    check(config);
    const std::int64_t d = config.hidden_size, p = config.patch_size, hidden = config.intermediate_size;
    const auto norm = [&] {
      LayerNorm unit = LayerNorm::create(d);
      unit.epsilon = config.layer_norm_epsilon;
      return unit;
    };
    const auto square = [d] { return Linear::create(d, d); };
    VisionTransformer vit;
    vit.config = config;
    vit.class_embedding = at::zeros({d});
    vit.patch_embedding = at::zeros({d, config.channels, p, p});
    if (config.patch_bias) vit.patch_bias = at::zeros({d});
    vit.position_embedding = at::zeros({1 + config.patches(), d});
    if (config.pre_layernorm) vit.pre_layernorm = norm();
    for (std::int64_t i = 0; i < config.layers; ++i) {
      vit.layers.push_back({norm(),
                            {square(), square(), square(), square(), config.heads},
                            norm(),
                            Linear::create(d, hidden),
                            Linear::create(hidden, d),
                            config.activation});
    }
    vit.post_layernorm = norm();
    return vit;
  }

  /// First weights as CLIP draws them; biases and normalisations stay.
  void initialize(WeightGenerator& generator) {
    const double unit = 1.0 / std::sqrt(static_cast<double>(config.hidden_size));
    const double residual = unit / std::sqrt(2.0 * static_cast<double>(config.layers));
    fill_normal(class_embedding, unit, generator);
    fill_normal(patch_embedding, 0.02, generator);
    fill_normal(position_embedding, 0.02, generator);
    for (VisionLayer& layer : layers) {
      fill_normal(layer.self_attn.q_proj.weight, residual, generator);
      fill_normal(layer.self_attn.k_proj.weight, residual, generator);
      fill_normal(layer.self_attn.v_proj.weight, residual, generator);
      fill_normal(layer.self_attn.out_proj.weight, unit, generator);
      fill_normal(layer.fc1.weight, unit / std::sqrt(2.0), generator);
      fill_normal(layer.fc2.weight, residual, generator);
    }
  }

  at::Tensor operator()(const at::Tensor& pictures) const {
    auto x = embed(pictures);  // (I, 1+M, d)
    if (pre_layernorm.weight.defined()) x = pre_layernorm(x);
    for (const auto& layer : layers) x = layer(x);
    switch (config.post_layernorm) {
      case PostLayerNorm::all:
        return post_layernorm(x);
      case PostLayerNorm::cls:
        return at::cat({post_layernorm(x.narrow(1, 0, 1)), x.narrow(1, 1, x.size(1) - 1)}, 1);
      case PostLayerNorm::none:
        break;
    }
    return x;
  }

  /// [class; patches] + positions, (I, channels, H, W) -> (I, 1+M, d).
  at::Tensor embed(const at::Tensor& pictures) const {
    const std::int64_t g = config.grid(), p = config.patch_size, d = config.hidden_size;
    require(pictures.dim() == 4 && pictures.size(1) == config.channels && pictures.size(2) == config.image_size &&
                pictures.size(3) == config.image_size,
            "VisionTransformer: pictures are ", shape(pictures), ", expected (I, ", config.channels, ", ",
            config.image_size, ", ", config.image_size, ")");
    const std::int64_t images = pictures.size(0);
    // A convolution of stride p is one matrix product over the cut-out patches.
    const auto cut = pictures
                         .reshape({images, config.channels, g, p, g, p})      // (I, C, row, y, column, x)
                         .permute({0, 2, 4, 1, 3, 5})                         // (I, row, column, C, y, x)
                         .reshape({images, g * g, config.channels * p * p});  // (I, M, C p p)
    const std::optional<at::Tensor> bias = patch_bias.defined() ? std::optional(patch_bias) : std::nullopt;
    const auto patches = at::linear(cut, patch_embedding.reshape({d, -1}), bias);  // (I, M, d)
    const auto cls = class_embedding.view({1, 1, d}).expand({images, 1, d});       // (I, 1, d)
    return at::cat({cls, patches}, 1).add(position_embedding);                     // (I, 1+M, d)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("embeddings.class_embedding", self.class_embedding);
    f("embeddings.patch_embedding.weight", self.patch_embedding);
    if (self.config.patch_bias) f("embeddings.patch_embedding.bias", self.patch_bias);
    f("embeddings.position_embedding.weight", self.position_embedding);
    if (self.config.pre_layernorm) f("pre_layrnorm", self.pre_layernorm);  // sic: the published name
    f("encoder.layers", self.layers);
    f("post_layernorm", self.post_layernorm);
  }
};

}  // namespace mgan::encoders
