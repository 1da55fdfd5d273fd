// The text encoder: BERT (Devlin et al. 2019), structure and names of its published weights.
//
//     x_0 = LN(word + position + token_type)
//     x'  = LN(x + dense(attention(x)));   x_next = LN(x' + dense(gelu(dense(x'))))           per layer, post-LN
#pragma once

#include <ATen/core/Tensor.h>
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

/// real (T, n) -> (T, 1, n, n): every token may look at the real ones.
inline at::Tensor key_mask(const at::Tensor& real) {
  return real.view({real.size(0), 1, 1, real.size(1)}).expand({real.size(0), 1, real.size(1), real.size(1)});
}

/// One layer alone: tokens (T, n, d) as they left the layer before, with their lengths (T).
inline at::Tensor with_mask(const TextLayer& layer, const at::Tensor& tokens, const at::Tensor& lengths) {
  return layer(tokens, key_mask(mask_from_lengths(lengths, tokens.size(1), "TextLayer")));  // (T, n, d)
}

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

  /// Zeros and unit normalisations in the shapes of `config`: for weights from a file, or initialize(model, seed).
  static TextTransformer create(const TextConfig& config) {
    check(config);
    const std::int64_t d = config.hidden_size, hidden = config.intermediate_size;
    const auto norm = [&] {
      LayerNorm unit = LayerNorm::create(d);
      unit.epsilon = config.layer_norm_epsilon;
      return unit;
    };
    const auto square = [d] { return Linear::create(d, d); };
    TextTransformer bert;
    bert.config = config;
    bert.word_embeddings = at::zeros({config.vocabulary, d});
    bert.position_embeddings = at::zeros({config.positions, d});
    bert.token_type_embeddings = at::zeros({config.token_types, d});
    bert.embeddings_norm = norm();
    for (std::int64_t i = 0; i < config.layers; ++i) {
      bert.layers.push_back({square(), square(), square(), square(), norm(), Linear::create(d, hidden),
                             Linear::create(hidden, d), norm(), config.heads, config.activation});
    }
    return bert;
  }

  /// First weights as BERT draws them: deviation 0.02 at width 768, wider for narrower models so that the output of
  /// every dense layer keeps its size. Biases and normalisations stay.
  void initialize(WeightGenerator& generator) {
    const double deviation = 0.02 * std::sqrt(768.0 / static_cast<double>(config.hidden_size));
    for (at::Tensor* table : {&word_embeddings, &position_embeddings, &token_type_embeddings}) {
      fill_normal(*table, deviation, generator);
    }
    for (TextLayer& layer : layers) {
      for (Linear* dense :
           {&layer.query, &layer.key, &layer.value, &layer.attention_output, &layer.intermediate, &layer.output}) {
        fill_normal(dense->weight, deviation, generator);
      }
    }
  }

  at::Tensor operator()(const at::Tensor& ids, const at::Tensor& lengths, const at::Tensor& token_types = {}) const {
    return after(layers.size(), ids, lengths, token_types);
  }

  /// Tokens as they leave the first `count` layers, for those who tune the others: `with_mask(layer, x, lengths)`.
  at::Tensor after(std::size_t count, const at::Tensor& ids, const at::Tensor& lengths,
                   const at::Tensor& token_types = {}) const {
    require(count <= layers.size(), "TextTransformer: the first ", count, " of ", layers.size(), " layers");
    require(ids.dim() == 2 && ids.scalar_type() == at::kLong && lengths.sizes() == ids.sizes().slice(0, 1),
            "TextTransformer: ids are ", shape(ids), ", expected int64 (T, n); lengths are ", shape(lengths),
            ", expected (T)");
    const std::int64_t n = ids.size(1);
    require(n <= config.positions, "TextTransformer: captions of ", n, " tokens, positions for ", config.positions);
    const auto real = mask_from_lengths(lengths, n, "TextTransformer");  // (T, n)
    const auto clean = [&real](const at::Tensor& x) { return x.masked_fill(real.logical_not(), 0); };
    const auto words = clean(ids);  // (T, n)
    check_ids(words);

    auto x = at::embedding(word_embeddings, words).add(position_embeddings.narrow(0, 0, n));  // (T, n, d)
    x = x.add(token_types.defined() ? at::embedding(token_type_embeddings, clean(token_types))
                                    : token_type_embeddings.select(0, 0));  // (T, n, d)
    x = embeddings_norm(x);
    const auto mask = key_mask(real);  // (T, 1, n, n)
    for (std::size_t i = 0; i < count; ++i) x = layers[i](x, mask);
    return x;
  }

  /// Ids inside the vocabulary. On the CPU alone: elsewhere the question would wait for the device.
  void check_ids(const at::Tensor& words) const {
    if (!words.is_cpu() || words.numel() == 0) return;
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
