#include "mgan/text/wordpiece.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/text/tokenizer_config.hpp"
#include "tests/support/catch.hpp"

using namespace mgan;
using namespace mgan::text;
using Catch::Matchers::ContainsSubstring;
using Ids = std::vector<std::int64_t>;

namespace {

// Ids:                  0      1      2      3      4       5   6    7    8     9    10 11 12     13 14      15
const std::string vocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\ndog\nrun\n##s\n##ning\n##nin\n.\n\xe7\x8a\xac\n#\ncafe\ncaf\xc3\xa9\n";

Ids pieces(const std::string& text, BertNormalizer normalize = {}) {
  return WordPiece::parse(vocabulary, "vocab", normalize).pieces(text);
}

}  // namespace

TEST_CASE("wordpiece: the longest piece first", "[text]") {
  CHECK(pieces("A dog runs.") == Ids{5, 6, 7, 8, 11});
  CHECK(pieces("dogs running\t\n dog") == Ids{6, 8, 7, 9, 6});
  CHECK(pieces("dogx a") == Ids{1, 5});
  CHECK(pieces("##s") == Ids{13, 13, 1});  // punctuation stands alone, so pieces cannot be spelled out
  CHECK(pieces("") == Ids{});
  CHECK(pieces("\xe7\x8a\xac\xe7\x8a\xac"
               "dog") == Ids{12, 12, 6});
  CHECK(pieces(std::string(100, 's')) == Ids{1});
  CHECK(pieces("a" + std::string(101, 's')) == Ids{1});
  Ids longest{5};
  longest.insert(longest.end(), 99, 8);
  CHECK(pieces("a" + std::string(99, 's')) == longest);  // 100 characters
}

TEST_CASE("wordpiece: cased and uncased", "[text]") {
  CHECK(pieces("CAF\xc3\x89") == Ids{14});           // É
  CHECK(pieces("cafe\xcc\x81") == Ids{14});          // e and a combining acute
  CHECK(pieces("caf\xc3\xa9", {false}) == Ids{15});  // é stays
  CHECK(pieces("Dog", {false}) == Ids{1});
  CHECK(pieces("do\xc2\xadg") == Ids{6});  // a soft hyphen is removed
  CHECK(pieces("dog\xe2\x80\x82"
               "dog") == Ids{6, 6});  // an en space separates
}

TEST_CASE("wordpiece: special tokens in the text are themselves", "[text]") {
  CHECK(pieces("a[MASK]dog") == Ids{5, 4, 6});
  CHECK(pieces("[mask]") == Ids{1, 1, 1});
  CHECK(pieces("[SEP") == Ids{1, 1});
}

TEST_CASE("wordpiece: [CLS], [SEP] and truncation", "[text]") {
  const auto tokenizer = WordPiece::parse(vocabulary, "vocab");
  std::size_t truncated = 0;
  CHECK(tokenizer.encode("a dog") == Ids{2, 5, 6, 3});
  CHECK(tokenizer.encode("a dog", 4, truncated) == Ids{2, 5, 6, 3});
  CHECK(truncated == 0);
  CHECK(tokenizer.encode("a dog runs", 4, truncated) == Ids{2, 5, 6, 3});
  CHECK(tokenizer.encode("a dog runs", 2, truncated) == Ids{2, 3});
  CHECK(truncated == 2);
  CHECK_THROWS_WITH(tokenizer.encode("a", 1, truncated), ContainsSubstring("max_length is 1"));
}

TEST_CASE("wordpiece: bytes that are not UTF-8", "[text]") {
  for (const std::string bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xe7\x8a", "\xf4\x90\x80\x80"}) {
    CHECK_THROWS_WITH(pieces("dog" + bad), ContainsSubstring("byte 3 is not UTF-8"));
    CHECK(pieces("do" + bad + "g", {true, InvalidUtf8::replace}) == Ids{6});  // U+FFFD is removed
  }
  CHECK_THROWS_WITH(WordPiece::parse(vocabulary + "\xff\n", "vocab.txt"),
                    ContainsSubstring("vocab.txt: line 17: byte 0 is not UTF-8"));
}

TEST_CASE("wordpiece: vocabularies", "[text]") {
  CHECK_THROWS_WITH(WordPiece::parse("[PAD]\n[UNK]\n[CLS]\n", "v.txt"),
                    ContainsSubstring("v.txt: the vocabulary has no [SEP]"));
  // Windows line ends, no line end at the end; of equal lines the last counts, as in tokenizers.
  const auto tokenizer = WordPiece::parse("[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\ndog\r\ndog", "v.txt");
  CHECK(tokenizer.size() == 6);
  CHECK(tokenizer.mask == -1);
  CHECK(tokenizer.pieces("dog [MASK]") == Ids{5, 1, 1, 1});
}

TEST_CASE("wordpiece: vocabularies of other editors are read right or refused by name", "[text]") {
  const std::string specials = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";
  const auto refused = [](const std::string& text, const std::string& why) {
    CHECK_THROWS_WITH(WordPiece::parse(text, "v.txt"), ContainsSubstring("v.txt: " + why));
  };
  refused("\xEF\xBB\xBF" + specials, "begins with a byte order mark");
  refused(std::string("\xFF\xFE[\0P\0", 6), "is UTF-16, expected UTF-8");
  refused("[PAD]\r[UNK]\r[CLS]\r[SEP]\r", "line 1 has a carriage return inside");
  using Pieces = std::vector<std::string_view>;
  CHECK(WordPiece::pieces_of("[PAD]\r\na \t\r\n##b", "v.txt") == Pieces{"[PAD]", "a", "##b"});
}

TEST_CASE("wordpiece: a vocabulary that was made to be slow is not", "[text]") {
  // Every byte is chosen so that its slot in a table of 2^18, hashed without a secret, is among the first of all: one
  // cluster, and every step as long as the file. With such a hash this took 30 s.
  std::string piece;
  for (std::uint32_t node = 0; node < 100'000; ++node) {
    const auto slot = [node](std::uint32_t byte) {
      return ((node << 8 | byte) * std::uint64_t{0x9E3779B97F4A7C15} >> 20) & ((1u << 18) - 1);
    };
    std::uint32_t best = 1;
    for (std::uint32_t byte = 2; byte < 256; ++byte)
      if (slot(byte) < slot(best)) best = byte;
    piece += static_cast<char>(best);
  }
  const auto began = std::chrono::steady_clock::now();
  PieceTrie trie;
  CHECK(trie.insert(piece, 7));
  CHECK(trie.longest(piece, PieceTrie::root).id == 7);
  CHECK(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count() < 3);
}

TEST_CASE("tokenizer_config: what is understood is obeyed, what is not is refused by name", "[text]") {
  const auto normalizer = [](const std::string& text) {
    return normalizer_from_config(io::parse_json(text, "t.json"), "t.json");
  };
  CHECK(normalizer("{}").uncased);
  CHECK(normalizer(R"({"do_lower_case": null, "strip_accents": null})").uncased);
  CHECK_FALSE(normalizer(R"({"do_lower_case": false})").uncased);
  CHECK_FALSE(normalizer(R"({"do_lower_case": false, "strip_accents": false})").uncased);
  CHECK(normalizer(R"({"do_lower_case": true, "strip_accents": true})").uncased);
  CHECK(normalizer(R"({"tokenize_chinese_chars": true})").chinese_apart);
  CHECK_FALSE(normalizer(R"({"tokenize_chinese_chars": false})").chinese_apart);
  CHECK(normalizer(R"({"tokenizer_class": "BertTokenizer", "model_max_length": 512, "pad_token": "[PAD]", "never_split":
      null, "mask_token": {"content": "[MASK]", "lstrip": false}, "name_or_path": "x", "do_basic_tokenize": true,
      "added_tokens_decoder": {"0": {"content": "[PAD]"}, "100": {"content": "[UNK]"}}})")
            .uncased);

  const auto refused = [&](const std::string& text, const std::string& why) {
    CHECK_THROWS_WITH(normalizer(text), ContainsSubstring("t.json: " + why));
  };
  refused("[]", "not a JSON object");
  refused(R"({"do_lower_case": 1})", "do_lower_case is 1, expected true or false");
  refused(R"({"do_lower_case": true, "strip_accents": false})", "strip_accents is false and do_lower_case is true");
  refused(R"({"do_lower_case": false, "strip_accents": true})", "strip_accents is true and do_lower_case is false");
  refused(R"({"tokenizer_class": "BertJapaneseTokenizer"})", "tokenizer_class is 'BertJapaneseTokenizer', expected");
  refused(R"({"word_tokenizer_type": "mecab"})", "word_tokenizer_type is 'mecab'");
  refused(R"({"unk_token": "<unk>"})", "unk_token is '<unk>', expected [UNK]");
  refused(R"({"never_split": ["a"]})", "never_split is [\"a\"], which is not supported");
  refused(R"({"clean_text": false})", "clean_text is false, which is not supported");
  refused(R"({"truncation_side": "left"})", "truncation_side is 'left'");
  refused(R"({"added_tokens_decoder": {"24": {"content": "<img>"}}})", "added_tokens_decoder has '<img>' as 24");

  CHECK(pieces("\xe7\x8a\xac\xe7\x8a\xac") == Ids{12, 12});
  BertNormalizer together;
  together.chinese_apart = false;
  CHECK(pieces("\xe7\x8a\xac\xe7\x8a\xac", together) == Ids{1});
  CHECK(pieces("\xe7\x8a\xac", together) == Ids{12});
}

TEST_CASE("wordpiece: canonical order, Hangul, long mappings", "[text]") {
  const BertNormalizer normalize;
  CHECK(normalize("\xea\xb0\x81") == U"\u1100\u1161\u11a8");  // U+AC01
  CHECK(normalize("\U0001D15E") == U"\U0001D157\U0001D165");
  CHECK(normalize("\u0130\u1e9e\u03a3") == U"i\u00df\u03c3");     // no final sigma, one code point after the other
  CHECK(normalize("a\u302e\U0001D165") == U"a\U0001D165\u302e");  // classes 224 and 216, sorted
  CHECK(normalize("a\u302e\u034f\U0001D165") == U"a\u302e\U0001D165");  // a removed starter stops the sorting
  CHECK(BertNormalizer{false}("a\u302e\U0001D165") == U"a\u302e\U0001D165");
}
