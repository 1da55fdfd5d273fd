// A BERT-like text transformer out of a Hugging Face folder, and its WordPiece tokenizer.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/encoders/any_encoder.hpp"
#include "mgan/encoders/text_transformer.hpp"
#include "mgan/io/mapped_file.hpp"
#include "mgan/text/tokenizer_config.hpp"
#include "mgan/text/wordpiece.hpp"

namespace mgan::encoders {

/// A TunableTextEncoder.
struct PublishedText {
  TextTransformer model;
  std::vector<std::string> ignored;  // tensors of heads

  at::Tensor operator()(const at::Tensor& ids, const at::Tensor& lengths) const { return model(ids, lengths); }
  std::int64_t width() const { return model.config.hidden_size; }
  std::int64_t vocabulary() const { return model.config.vocabulary; }
  std::int64_t positions() const { return model.config.positions; }

  at::Tensor before_last(const at::Tensor& ids, const at::Tensor& lengths) const {
    return model.after(model.layers.size() - 1, ids, lengths);  // (T, n, d)
  }
  const TextLayer& last_layer() const { return model.layers.back(); }
};

/// The names of the tokenizer's files: with config.json and the weights they decide what a sentence is encoded to.
inline constexpr const char* wordpiece_files[] = {"vocab.txt", "tokenizer_config.json"};

/// WordPiece by vocab.txt, as tokenizer_config.json says.
inline AnyTokenizer load_wordpiece(const std::filesystem::path& folder) {
  const text::BertNormalizer normalizer = text::read_normalizer(folder);
  const io::MappedFile vocabulary(folder / "vocab.txt");
  const std::string name = (folder / "vocab.txt").string();
  const auto pieces =
      std::make_shared<const text::WordPiece>(text::WordPiece::parse(vocabulary.text(), name, normalizer));
  AnyTokenizer tokenizer;
  tokenizer.encode = [pieces](std::string_view sentence, std::size_t max_length, std::size_t& truncated) {
    return pieces->encode(sentence, max_length, truncated);
  };
  tokenizer.pad = pieces->pad;
  for (const std::string_view piece : text::WordPiece::pieces_of(vocabulary.text(), name))
    tokenizer.vocabulary.emplace_back(piece);
  if (!normalizer.chinese_apart) tokenizer.differs = "Chinese characters not apart\n";
  return tokenizer;
}

}  // namespace mgan::encoders
