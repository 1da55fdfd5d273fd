// The text encoder: BERT (Devlin et al. 2019), structure and names of its published weights.
//
//     x_0 = LN(word + position + token_type)
//     x'  = LN(x + dense(attention(x)));   x_next = LN(x' + dense(gelu(dense(x'))))           per layer, post-LN
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/embedding.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/encoders/layers.hpp"

namespace mgan::encoders {

/// Sizes. The defaults are BERT-base, uncased.
struct TextConfig {
  std::int64_t vocabulary = 30522, positions = 512, token_types = 2;
  std::int64_t hidden_size = 768, intermediate_size = 3072, layers = 12, heads = 12;
  double layer_norm_epsilon = 1e-12;
  Activation activation = Activation::gelu;
};

/// Throws when the sizes do not fit together.
inline void check(const TextConfig& c) {
  require(c.vocabulary > 0 && c.positions > 0 && c.token_types > 0, "TextTransformer: vocabulary ", c.vocabulary,
          ", positions ", c.positions, ", token_types ", c.token_types);
  require(c.heads > 0 && c.hidden_size > 0 && c.hidden_size % c.heads == 0, "TextTransformer: heads ", c.heads,
          " does not divide hidden_size ", c.hidden_size);
  require(c.layers >= 0 && c.intermediate_size > 0, "TextTransformer: layers ", c.layers, ", intermediate_size ",
          c.intermediate_size);
}

/// True at the first lengths[t] of n positions: (T) -> (T, n).
inline at::Tensor length_mask(const at::Tensor& lengths, std::int64_t n) {
  return at::arange(n, lengths.options()).lt(lengths.unsqueeze(1));
}

struct TextLayer {
  Linear query, key, value, attention_output;
  LayerNorm attention_norm;
  Linear intermediate, output;
  LayerNorm output_norm;
  std::int64_t heads = 1;
  Activation activation = Activation::gelu;

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& mask) const {
    const auto context = attend(query(x), key(x), value(x), heads, mask);          // (T, n, d)
    const auto y = attention_norm(attention_output(context).add(x));               // (T, n, d)
    return output_norm(feed_forward(intermediate, output, activation, y).add(y));  // (T, n, d)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("attention.self.query", self.query);
    f("attention.self.key", self.key);
    f("attention.self.value", self.value);
    f("attention.output.dense", self.attention_output);
    f("attention.output.LayerNorm", self.attention_norm);
    f("intermediate.dense", self.intermediate);
    f("output.dense", self.output);
    f("output.LayerNorm", self.output_norm);
  }
};

/// Token ids (T, n), int64, [CLS] first, and lengths (T), which count [CLS] and [SEP] -> tokens (T, n, d).
/// Ids behind a length may be anything and reach nothing; the tokens there are meaningless (but finite). With
/// [CLS] w_1 .. w_L [SEP], `tokens.narrow(1, 0, n - 1)` and `lengths - 2` are what a text embedding takes.
struct TextTransformer {
  TextConfig config;
  at::Tensor word_embeddings;        // (vocabulary, d)
  at::Tensor position_embeddings;    // (positions, d)
  at::Tensor token_type_embeddings;  // (token_types, d)
  LayerNorm embeddings_norm;
  std::vector<TextLayer> layers;

  /// First weights as BERT draws them, 0.02 at width 768, wider for narrower models so that every layer's output keeps
  /// its size; zeros (and unit normalisations) without a source.
  static TextTransformer make(const TextConfig& config, const Source& source = {}) {
    check(config);
    const std::int64_t d = config.hidden_size, hidden = config.intermediate_size;
    const double deviation = 0.02 * std::sqrt(768.0 / static_cast<double>(d));
    const auto norm = [&] { return LayerNorm::make(d, config.layer_norm_epsilon); };
    const auto linear = [&](std::int64_t in, std::int64_t out) { return Linear::make(in, out, deviation, source); };
    TextTransformer bert;
    bert.config = config;
    bert.word_embeddings = weight({config.vocabulary, d}, deviation, source);
    bert.position_embeddings = weight({config.positions, d}, deviation, source);
    bert.token_type_embeddings = weight({config.token_types, d}, deviation, source);
    bert.embeddings_norm = norm();
    for (std::int64_t i = 0; i < config.layers; ++i) {
      bert.layers.push_back({linear(d, d), linear(d, d), linear(d, d), linear(d, d), norm(), linear(d, hidden),
                             linear(hidden, d), norm(), config.heads, config.activation});
    }
    return bert;
  }

  at::Tensor operator()(const at::Tensor& ids, const at::Tensor& lengths, const at::Tensor& token_types = {}) const {
    require(ids.dim() == 2 && ids.scalar_type() == at::kLong && lengths.dim() == 1 && lengths.size(0) == ids.size(0),
            "TextTransformer: ids are ", shape(ids), ", expected int64 (T, n); lengths are ", shape(lengths),
            ", expected (T)");
    const std::int64_t n = ids.size(1);
    require(n <= config.positions, "TextTransformer: captions of ", n, " tokens, positions for ", config.positions);
    const auto real = length_mask(lengths, n);  // (T, n)
    const auto clean = [&real](const at::Tensor& x) { return x.masked_fill(real.logical_not(), 0); };
    const auto words = clean(ids);  // (T, n)
    check_ids(words, lengths, n);

    auto x = at::embedding(word_embeddings, words).add(position_embeddings.narrow(0, 0, n));  // (T, n, d)
    x = x.add(token_types.defined() ? at::embedding(token_type_embeddings, clean(token_types))
                                    : token_type_embeddings.select(0, 0));  // (T, n, d)
    x = embeddings_norm(x);
    const auto mask = real.view({ids.size(0), 1, 1, n}).expand({ids.size(0), 1, n, n});  // (T, 1, n, n)
    for (const auto& layer : layers) x = layer(x, mask);
    return x;
  }

  /// Ids inside the vocabulary, lengths in [1, n]. On the CPU alone: elsewhere it would wait for the device.
  void check_ids(const at::Tensor& words, const at::Tensor& lengths, std::int64_t n) const {
    if (!words.is_cpu() || words.numel() == 0) return;
    const auto shortest = lengths.min().item<std::int64_t>(), longest = lengths.max().item<std::int64_t>();
    require(shortest >= 1 && longest <= n, "TextTransformer: lengths from ", shortest, " to ", longest,
            ", expected 1 to ", n);
    const auto least = words.min().item<std::int64_t>(), most = words.max().item<std::int64_t>();
    require(least >= 0 && most < config.vocabulary, "TextTransformer: ids from ", least, " to ", most,
            ", the vocabulary has ", config.vocabulary);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("embeddings.word_embeddings.weight", self.word_embeddings);
    f("embeddings.position_embeddings.weight", self.position_embeddings);
    f("embeddings.token_type_embeddings.weight", self.token_type_embeddings);
    f("embeddings.LayerNorm", self.embeddings_norm);
    f("encoder.layer", self.layers);
  }
};

}  // namespace mgan::encoders
