// DistilBERT (Sanh et al. 2019): BERT's layers under other names, without token types. model_type distilbert.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/encoders/config_fields.hpp"
#include "mgan/encoders/published_text.hpp"
#include "mgan/encoders/published_weights.hpp"

namespace mgan::encoders {

inline TextConfig read_distilbert_config(const io::Json& json, const std::string& where) {
  const ConfigFields f{json, where};
  TextConfig c;
  c.vocabulary = f.integer("vocab_size", 30522, 1 << 24);
  c.positions = f.integer("max_position_embeddings", 512, 1 << 20);
  c.token_types = 1;
  c.hidden_size = f.integer("dim", 768);
  c.intermediate_size = f.integer("hidden_dim", 3072);
  c.layers = f.integer("n_layers", 6, 1000);
  c.heads = f.integer("n_heads", 12);
  c.activation = f.activation("gelu", "activation");
  require(c.hidden_size % c.heads == 0, where, ": n_heads ", c.heads, " does not divide dim ", c.hidden_size);
  return c;
}

namespace detail {

/// The name in DistilBERT's files of a weight that TextTransformer visits by BERT's name.
inline std::string distilbert_name(std::string name) {
  static constexpr std::pair<std::string_view, std::string_view> spellings[] = {
      {"encoder.layer.", "transformer.layer."},
      {"attention.self.query.", "attention.q_lin."},
      {"attention.self.key.", "attention.k_lin."},
      {"attention.self.value.", "attention.v_lin."},
      {"attention.output.dense.", "attention.out_lin."},
      {"attention.output.LayerNorm.", "sa_layer_norm."},
      {"intermediate.dense.", "ffn.lin1."},
      {".output.dense.", ".ffn.lin2."},
      {".output.LayerNorm.", ".output_layer_norm."}};
  for (const auto& [bert, theirs] : spellings)
    if (const std::size_t at = name.find(bert); at != std::string::npos) name.replace(at, bert.size(), theirs);
  return name;
}

}  // namespace detail

inline PublishedText load_distilbert(const CheckpointFolder& folder, at::ScalarType type = at::kFloat) {
  const TextConfig c = read_distilbert_config(folder.config(), folder.config_path().string());
  check_size(folder, c.layers * c.hidden_size * (4 * c.hidden_size + 2 * c.intermediate_size) +
                         c.hidden_size * (c.vocabulary + c.positions));
  PublishedText text{TextTransformer::create(c), {}};
  std::vector<WantedWeight> wanted;
  visit_parameters(text.model, [&](const std::string& name, at::Tensor& weight) {
    WantedWeight w{detail::distilbert_name(name), &weight, shape(weight)};
    w.expected = name != "embeddings.token_type_embeddings.weight";  // zeros
    wanted.push_back(std::move(w));
  });
  const PublishedNames names{"",
                             {"vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "pre_classifier.",
                              "classifier.", "qa_outputs.", "embeddings.position_ids"}};
  text.ignored = load_published_weights(folder, wanted, names, type);
  return text;
}

}  // namespace mgan::encoders
