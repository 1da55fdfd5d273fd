// tokenizer_config.json, which says how a published WordPiece tokenizer treats a text before it looks for pieces.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"
#include "mgan/io/json.hpp"
#include "mgan/text/bert_normalizer.hpp"

namespace mgan::text {

namespace detail {

/// A flag; null and a missing field are `fallback`.
inline bool config_flag(const io::Json& json, const char* key, bool fallback, const std::string& where) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return fallback;
  if (!found->is_boolean()) fail(where, ": ", key, " is ", io::brief(*found), ", expected true or false");
  return found->get<bool>();
}

/// The words of a token, which stand alone or inside {"content": ...}; empty for null and a missing field.
inline std::string token_words(const io::Json& json, const char* key, const std::string& where) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return "";
  const io::Json& token = found->is_object() && found->contains("content") ? (*found)["content"] : *found;
  if (!token.is_string()) fail(where, ": ", key, " is ", io::brief(token), ", expected a string");
  return token.get<std::string>();
}

}  // namespace detail

/// The normaliser that a tokenizer_config.json asks for. What would change the ids and is not supported is an Error
/// that names the file and the field: tokenizers that are not BERT's, accents that are treated otherwise than letters'
/// case, other special tokens, tokens of one's own. Fields that change no id are passed over.
inline BertNormalizer normalizer_from_config(const io::Json& json, const std::string& where) {
  require(json.is_object(), where, ": not a JSON object");
  const auto text_is = [&](const char* key, std::string_view what, const auto&... known) {
    const std::string is = detail::token_words(json, key, where);
    if (is.empty() || ((is == known) || ...)) return;
    fail(where, ": ", key, " is '", printable(is), "', expected ", what);
  };
  text_is("tokenizer_class", "a WordPiece tokenizer of BERT's kind: BertTokenizer", "BertTokenizer",
          "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast", "ElectraTokenizer",
          "ElectraTokenizerFast", "MobileBertTokenizer", "MobileBertTokenizerFast");
  text_is("word_tokenizer_type", "basic", "basic");
  text_is("subword_tokenizer_type", "wordpiece", "wordpiece");
  text_is("wordpieces_prefix", "##", "##");
  text_is("truncation_side", "right: captions are cut at their end", "right");
  text_is("pad_token", "[PAD]", "[PAD]");
  text_is("unk_token", "[UNK]", "[UNK]");
  text_is("cls_token", "[CLS]", "[CLS]");
  text_is("sep_token", "[SEP]", "[SEP]");
  text_is("mask_token", "[MASK]", "[MASK]");
  for (const char* key : {"do_basic_tokenize", "clean_text"})
    require(detail::config_flag(json, key, true, where), where, ": ", key, " is false, which is not supported");
  for (const char* key : {"never_split", "additional_special_tokens"}) {
    if (const auto found = json.find(key); found != json.end() && !found->is_null() && !found->empty())
      fail(where, ": ", key, " is ", io::brief(*found), ", which is not supported");
  }
  if (const auto added = json.find("added_tokens_decoder"); added != json.end() && added->is_object()) {
    for (const auto& [id, token] : added->items()) {
      const std::string words = token.is_object() ? detail::token_words(token, "content", where) : "";
      constexpr std::array<std::string_view, 5> specials{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
      if (std::find(specials.begin(), specials.end(), words) == specials.end())
        fail(where, ": added_tokens_decoder has '", printable(words), "' as ", printable(id),
             ": a token besides BERT's five, which is not supported");
    }
  }
  BertNormalizer normalizer;
  normalizer.uncased = detail::config_flag(json, "do_lower_case", true, where);
  normalizer.chinese_apart = detail::config_flag(json, "tokenize_chinese_chars", true, where);
  require(detail::config_flag(json, "strip_accents", normalizer.uncased, where) == normalizer.uncased, where,
          ": strip_accents is ", normalizer.uncased ? "false" : "true", " and do_lower_case is ",
          normalizer.uncased ? "true" : "false", ", expected both or neither");
  return normalizer;
}

/// The same of a folder: the defaults of bert-base-uncased where it has no tokenizer_config.json.
inline BertNormalizer read_normalizer(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "tokenizer_config.json";
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? normalizer_from_config(io::read_json(path), path.string())
                                                : BertNormalizer{};
}

}  // namespace mgan::text
