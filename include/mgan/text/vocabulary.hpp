// Words of captions and their numbers.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/io/json.hpp"
#include "mgan/io/mapped_file.hpp"
#include "mgan/text/bert_normalizer.hpp"

namespace mgan::text {

/// What ends a word, besides all that is neither an ASCII letter nor a digit. `characters`: spaces and punctuation of
/// any script (unicode_table.hpp); a Chinese character is a word of its own, characters without a shape are left out.
/// `bytes`: nothing, every byte above 127 is a letter; the rule of vocabularies that were made before there was
/// another.
enum class WordRule { characters, bytes };

/// Lower-cased words; letters that are not ASCII keep their case. Bytes that are not UTF-8 count as letters.
inline std::vector<std::string> words_of(std::string_view caption, WordRule rule = WordRule::characters) {
  std::vector<std::string> words;
  bool inside = false;
  const auto add = [&](std::string_view letters) {
    if (!inside) words.emplace_back();
    words.back() += letters;
    inside = true;
  };
  for (std::size_t place = 0; place < caption.size();) {
    char c = caption[place];
    if (static_cast<unsigned char>(c) < 0x80) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) add({&c, 1});
      else inside = false;
      ++place;
      continue;
    }
    const CodePoint point = code_point_at(caption, place);
    const std::string_view letters = caption.substr(place, point.bytes);
    place += point.bytes;
    using unicode::Class;
    const Class kind = point.valid && rule == WordRule::characters ? unicode::class_of(point.code) : Class::keep;
    if (kind == Class::drop) continue;
    if (kind == Class::space || kind == Class::punctuation || kind == Class::cjk) inside = false;
    if (kind == Class::space || kind == Class::punctuation) continue;
    add(letters);
    if (kind == Class::cjk) inside = false;
  }
  return words;
}

/// Words by number. Numbers 0 to 3 are the special tokens; words follow, the most frequent first.
struct Vocabulary {
  static constexpr std::int64_t pad = 0, unknown = 1, cls = 2, sep = 3;
  static constexpr std::array<std::string_view, 4> specials{"[PAD]", "[UNK]", "[CLS]", "[SEP]"};

  std::vector<std::string> words;
  std::unordered_map<std::string, std::int64_t> ids;
  WordRule rule = WordRule::characters;  // by which captions are cut into words

  std::int64_t size() const { return static_cast<std::int64_t>(words.size()); }

  /// The number of a lower-cased word, or that of [UNK].
  std::int64_t id(const std::string& word) const {
    const auto found = ids.find(word);
    return found == ids.end() ? unknown : found->second;
  }

  /// [CLS] word ... word [SEP]: at most `max_words` words, of which the first ones stay. `truncated` is increased by
  /// one for a caption that loses words. A caption without any word is an error.
  std::vector<std::int64_t> encode(std::string_view caption, std::size_t max_words, std::size_t& truncated) const {
    require(max_words > 0, "Vocabulary: max_words is 0");
    std::vector<std::string> caption_words = words_of(caption, rule);
    if (caption_words.empty()) fail("Vocabulary: a caption without words: '", printable(caption), "'");
    if (caption_words.size() > max_words) {
      caption_words.resize(max_words);
      ++truncated;
    }
    std::vector<std::int64_t> tokens{cls};
    for (const std::string& word : caption_words) tokens.push_back(id(word));
    tokens.push_back(sep);
    return tokens;
  }
};

namespace detail {
inline void append(Vocabulary& vocabulary, std::string word) {
  vocabulary.ids.emplace(word, vocabulary.size());
  vocabulary.words.push_back(std::move(word));
}
}  // namespace detail

/// The words that occur at least `min_count` times, by falling count, equal counts in byte order.
inline Vocabulary make_vocabulary(const std::vector<std::string>& captions, std::int64_t min_count = 1) {
  std::map<std::string, std::int64_t> counts;
  for (const std::string& caption : captions) {
    for (std::string& word : words_of(caption)) ++counts[std::move(word)];
  }
  std::vector<std::pair<std::string, std::int64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  Vocabulary vocabulary;
  for (const std::string_view special : Vocabulary::specials) detail::append(vocabulary, std::string(special));
  for (auto& [word, count] : sorted) {
    if (count >= min_count) detail::append(vocabulary, std::move(word));
  }
  return vocabulary;
}

/// {"words": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", ...]}
inline std::string to_json(const Vocabulary& vocabulary) {
  return io::dump({{"words", vocabulary.words}}, "Vocabulary: a word");
}

/// The vocabulary of these words, which are in the order of their numbers: the special tokens, then lower-case words,
/// each once; `where` opens every error message. A list with a word that `characters` would cut up was made by the rule
/// `bytes`, and its captions are cut by that.
inline Vocabulary vocabulary_of(const std::vector<std::string>& words, const std::string& where) {
  Vocabulary vocabulary;
  for (const std::string& word : words) {
    const auto place = static_cast<std::size_t>(vocabulary.size());
    const auto refuse = [&](const auto&... why) {
      fail(where, ": words[", place, "] '", printable(word), "' ", why...);
    };
    if (place < Vocabulary::specials.size()) {
      if (word != Vocabulary::specials[place]) refuse("stands where ", Vocabulary::specials[place], " was expected");
    } else if (words_of(word) != std::vector{word}) {
      if (words_of(word, WordRule::bytes) != std::vector{word}) refuse("is not a lower-case word");
      vocabulary.rule = WordRule::bytes;
    }
    if (vocabulary.ids.contains(word)) refuse("occurs twice");
    detail::append(vocabulary, word);
  }
  require(vocabulary.words.size() >= Vocabulary::specials.size(), where, ": the special tokens are missing");
  return vocabulary;
}

/// Reads what to_json wrote; `where` opens every error message.
inline Vocabulary vocabulary_from_json(std::string_view text, const std::string& where) {
  const io::Json json = io::parse_json(text, where);
  require(json.is_object() && json.contains("words") && json["words"].is_array(), where,
          ": expected an object with an array 'words'");
  std::vector<std::string> words;
  for (const io::Json& entry : json["words"]) {
    require(entry.is_string(), where, ": words[", words.size(), "] is not a string");
    words.push_back(entry.get<std::string>());
  }
  return vocabulary_of(words, where);
}

inline void save_vocabulary(const std::filesystem::path& path, const Vocabulary& vocabulary) {
  io::write_file_atomically(path, to_json(vocabulary) + "\n");
}
inline Vocabulary load_vocabulary(const std::filesystem::path& path) {
  return vocabulary_from_json(io::MappedFile(path).text(), path.string());
}

}  // namespace mgan::text
