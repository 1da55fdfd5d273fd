// BERT (Devlin et al. 2019) as an encoder: model_type bert. Its pooler and its heads are ignored: mgan reads [CLS] as
// it leaves the last layer.
#pragma once

#include <string>
#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/encoders/config_fields.hpp"
#include "mgan/encoders/published_text.hpp"
#include "mgan/encoders/published_weights.hpp"

namespace mgan::encoders {

inline TextConfig read_bert_config(const io::Json& json, const std::string& where) {
  const ConfigFields f{json, where};
  const std::string positions = f.text("position_embedding_type", "absolute");
  require(positions == "absolute", where, ": position_embedding_type is '", positions, "', expected absolute");
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

inline PublishedText load_bert(const CheckpointFolder& folder, at::ScalarType type = at::kFloat) {
  const TextConfig c = read_bert_config(folder.config(), folder.config_path().string());
  check_size(folder, c.layers * c.hidden_size * (4 * c.hidden_size + 2 * c.intermediate_size) +
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
