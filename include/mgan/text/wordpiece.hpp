// BERT's tokeniser (Devlin et al. 2019; Wu et al. 2016): the ids of Hugging Face's `tokenizers`,
// BertWordPieceTokenizer, with its defaults.
//
//     text -> special tokens cut out -> normalised -> words: at spaces, and each punctuation mark for itself
//     word -> the longest piece of the vocabulary it begins with, then the longest "##" piece, and so on;
//             [UNK] for a word that cannot be cut up, and for one of more than 100 characters
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/io/mapped_file.hpp"
#include "mgan/text/bert_normalizer.hpp"
#include "mgan/text/piece_trie.hpp"

namespace mgan::text {

/// The defaults are bert-base-uncased's. Const calls are safe from any number of threads.
struct WordPiece {
  static constexpr std::size_t longest_word = 100;  // characters

  BertNormalizer normalize;
  std::int64_t pad = 0, unknown = 0, cls = 0, sep = 0, mask = -1;  // mask: -1 when the vocabulary has none

  /// vocab.txt: one piece a line, its id is the line's number from 0, white space at the end of a line is cut off.
  /// [PAD], [UNK], [CLS] and [SEP] have to be there. Of equal lines the last one counts, as in `tokenizers`.
  static WordPiece load(const std::filesystem::path& path, BertNormalizer normalize = {}) {
    return parse(io::MappedFile(path).text(), path.string(), normalize);
  }
  /// The same from memory; `where` opens every error message.
  static WordPiece parse(std::string_view vocabulary, const std::string& where, BertNormalizer normalize = {}) {
    WordPiece tokenizer;
    tokenizer.normalize = normalize;
    std::array<std::int64_t, 5> found{-1, -1, -1, -1, -1};
    for (const std::string_view line : pieces_of(vocabulary, where)) {
      for (std::size_t i = 0; i < specials.size(); ++i)
        if (line == specials[i]) found[i] = tokenizer.size_;
      ++tokenizer.size_;
      require(tokenizer.pieces_.insert(line, tokenizer.size_ - 1), where, ": line ", tokenizer.size_,
              ": too much for a vocabulary: its pieces make a tree of more than ", PieceTrie::most_nodes, " nodes");
    }
    for (std::size_t i = 0; i < 4; ++i) require(found[i] >= 0, where, ": the vocabulary has no ", specials[i]);
    tokenizer.pad = found[0], tokenizer.unknown = found[1], tokenizer.cls = found[2], tokenizer.sep = found[3];
    tokenizer.mask = found[4];
    tokenizer.continuation_ = tokenizer.pieces_.child(tokenizer.pieces_.child(PieceTrie::root, '#'), '#');
    return tokenizer;
  }

  /// The pieces of a vocab.txt by their ids: its lines, without white space at their ends. Views into `vocabulary`.
  /// Errors: a byte order mark, other encodings than UTF-8, lines that end in a carriage return alone.
  static std::vector<std::string_view> pieces_of(std::string_view vocabulary, const std::string& where) {
    require(!vocabulary.starts_with("\xEF\xBB\xBF"), where,
            ": begins with a byte order mark, which would become part of its first piece; save it as plain UTF-8");
    require(!vocabulary.starts_with("\xFF\xFE") && !vocabulary.starts_with("\xFE\xFF"), where,
            ": is UTF-16, expected UTF-8");
    std::vector<std::string_view> pieces;
    while (!vocabulary.empty()) {
      const std::size_t end = vocabulary.find('\n');
      const std::string_view line = trim_end(vocabulary.substr(0, end));
      vocabulary.remove_prefix(end == std::string_view::npos ? vocabulary.size() : end + 1);
      const std::size_t bad = invalid_utf8_at(line);
      if (bad != line.size()) fail(where, ": line ", pieces.size() + 1, ": byte ", bad, " is not UTF-8");
      if (line.find('\r') != std::string_view::npos)
        fail(where, ": line ", pieces.size() + 1,
             " has a carriage return inside; expected lines that end in line feeds");
      pieces.push_back(line);
    }
    return pieces;
  }

  /// Lines of the vocabulary.
  std::int64_t size() const { return size_; }

  /// Ids without [CLS] and [SEP]. Special tokens that the text spells out ("[MASK]") get their own ids.
  std::vector<std::int64_t> pieces(std::string_view text) const {
    std::vector<std::int64_t> ids;
    ids.reserve(text.size() / 4 + 4);
    append_text(text, ids);
    return ids;
  }

  /// [CLS] piece ... piece [SEP].
  std::vector<std::int64_t> encode(std::string_view text) const {
    std::vector<std::int64_t> ids{cls};
    ids.reserve(text.size() / 4 + 4);
    append_text(text, ids);
    ids.push_back(sep);
    return ids;
  }
  /// The same in at most `max_length` ids, [CLS] and [SEP] counted: pieces are cut off at the end, and `truncated` is
  /// increased by one where some are.
  std::vector<std::int64_t> encode(std::string_view text, std::size_t max_length, std::size_t& truncated) const {
    require(max_length >= 2, "WordPiece: max_length is ", max_length, ", [CLS] and [SEP] need 2");
    std::vector<std::int64_t> ids = encode(text);
    if (ids.size() > max_length) {
      ids.resize(max_length);
      ids.back() = sep;
      ++truncated;
    }
    return ids;
  }

 private:
  static constexpr std::array<std::string_view, 5> specials{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

  void append_text(std::string_view text, std::vector<std::int64_t>& ids) const {
    const std::array<std::int64_t, 5> special_ids{pad, unknown, cls, sep, mask};
    std::size_t begin = 0;
    for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at)) {
      std::size_t which = 0;
      while (which < specials.size() && (special_ids[which] < 0 || !text.substr(at).starts_with(specials[which]))) {
        ++which;
      }
      if (which == specials.size()) {
        ++at;
        continue;
      }
      append_words(normalize(text.substr(begin, at - begin)), ids);
      ids.push_back(special_ids[which]);
      begin = at += specials[which].size();
    }
    append_words(normalize(text.substr(begin)), ids);
  }

  void append_words(const std::u32string& text, std::vector<std::int64_t>& ids) const {
    std::string word;
    std::size_t characters = 0;
    const auto end_word = [&] {
      if (characters > 0) append_pieces(word, characters, ids);
      word.clear();
      characters = 0;
    };
    for (const char32_t code : text) {
      const unicode::Class kind = unicode::class_of(code);
      if (kind == unicode::Class::space || kind == unicode::Class::punctuation) end_word();
      if (kind == unicode::Class::space) continue;
      append_utf8(word, code);
      ++characters;
      if (kind == unicode::Class::punctuation) end_word();
    }
    end_word();
  }

  void append_pieces(std::string_view word, std::size_t characters, std::vector<std::int64_t>& ids) const {
    const std::size_t before = ids.size();
    std::uint32_t start = characters > longest_word ? PieceTrie::nowhere : PieceTrie::root;
    while (!word.empty()) {
      const PieceTrie::Match match = pieces_.longest(word, start);
      if (match.id < 0) {
        ids.resize(before);
        ids.push_back(unknown);
        return;
      }
      ids.push_back(match.id);
      word.remove_prefix(match.bytes);
      start = continuation_;
    }
  }

  /// Without the white space (Unicode's White_Space) at the end.
  static std::string_view trim_end(std::string_view line) {
    const auto white = [](char32_t c) {
      return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
             (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
    };
    while (!line.empty()) {
      std::size_t last = line.size() - 1;  // of the last character
      while (last > 0 && (static_cast<unsigned char>(line[last]) & 0xC0) == 0x80) --last;
      if (!white(code_point_at(line, last).code)) break;
      line = line.substr(0, last);
    }
    return line;
  }

  PieceTrie pieces_;
  std::uint32_t continuation_ = PieceTrie::nowhere;  // the node behind "##"
  std::int64_t size_ = 0;
};

}  // namespace mgan::text
