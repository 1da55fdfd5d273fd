#include "mgan/text/vocabulary.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/io/temporary_folder.hpp"

using namespace mgan;
using namespace mgan::text;
using Catch::Matchers::ContainsSubstring;
using Words = std::vector<std::string>;
using Ids = std::vector<std::int64_t>;

TEST_CASE("words: lower case, split at spaces and punctuation", "[text]") {
  CHECK(words_of("A black-and-white Dog , running .") == Words{"a", "black", "and", "white", "dog", "running"});
  CHECK(words_of("the man's T-shirt 23!") == Words{"the", "man", "s", "t", "shirt", "23"});
  CHECK(words_of("a CAF\xc3\x89 caf\xc3\xa9") == Words{"a", "caf\xc3\x89", "caf\xc3\xa9"});
  CHECK(words_of("\t\n.,-\"").empty());
  CHECK(words_of("").empty());
}

TEST_CASE("words: text that is not ASCII", "[text]") {
  CHECK(words_of("the dog’s ball—on a “red” rug…") == Words{"the", "dog", "s", "ball", "on", "a", "red", "rug"});
  CHECK(words_of("a\u00a0dog\u3000runs\u2009fast") == Words{"a", "dog", "runs", "fast"});
  CHECK(words_of("一只狗 runs。") == Words{"一", "只", "狗", "runs"});
  CHECK(words_of("dog犬cat") == Words{"dog", "犬", "cat"});
  CHECK(words_of("「いぬ」が、はしる") == Words{"いぬ", "が", "はしる"});
  CHECK(words_of("¿Dónde está el niño?") == Words{"dónde", "está", "el", "niño"});
  CHECK(words_of("co\u00adoperate\u200b") == Words{"cooperate"});  // a soft hyphen, a space of no width
  CHECK(words_of("Собака, бежит!") == Words{"Собака", "бежит"});
  for (const char* nothing : {"…", "\u00a0", "«»", "。", "\u200b"}) CHECK(words_of(nothing).empty());
  CHECK(words_of("a\xff"
                 "b \xc3") == Words{"a\xff"
                                    "b",
                                    "\xc3"});
}

TEST_CASE("vocabulary: lists of the rule of bytes are read by it", "[text]") {
  CHECK(words_of("the dog’s 犬。", WordRule::bytes) == Words{"the", "dog’s", "犬。"});
  const Words specials{"[PAD]", "[UNK]", "[CLS]", "[SEP]"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.begin(), specials.begin(), specials.end());
    return vocabulary_of(words, "x");
  };
  std::size_t cut = 0;
  const Vocabulary old = with({"a", "dog’s", "ball"}), fresh = with({"a", "dog", "niño", "犬"});
  CHECK(old.rule == WordRule::bytes);
  CHECK(old.encode("A dog’s ball", 9, cut) == Ids{2, 4, 5, 6, 3});
  CHECK(fresh.rule == WordRule::characters);
  CHECK(fresh.encode("a “dog”, niño 犬犬", 9, cut) == Ids{2, 4, 5, 6, 7, 7, 3});
  CHECK(vocabulary_from_json(to_json(old), "x").rule == WordRule::bytes);
  CHECK(make_vocabulary({"the dog’s ball", "一只狗"}).rule == WordRule::characters);
  CHECK(make_vocabulary({"the dog’s ball"}).words.size() == 8);
}

TEST_CASE("vocabulary: frequent words first, then encode", "[text]") {
  const Vocabulary vocabulary = make_vocabulary({"a dog and a cat", "A dog runs", "two cats"}, 2);
  CHECK(vocabulary.words == Words{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "dog"});
  CHECK(make_vocabulary({"b a c c"}).words == Words{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "c", "a", "b"});
  CHECK(vocabulary.id("dog") == 5);
  CHECK(vocabulary.id("[CLS]") == Vocabulary::cls);
  std::size_t truncated = 0;
  CHECK(vocabulary.encode("A dog barks.", 3, truncated) == Ids{2, 4, 5, 1, 3});
  CHECK(truncated == 0);
  CHECK(vocabulary.encode("a dog a dog", 3, truncated) == Ids{2, 4, 5, 4, 3});
  CHECK(vocabulary.encode("[SEP] [PAD]", 9, truncated) == Ids{2, 1, 1, 3});  // a caption cannot spell special tokens
  CHECK(truncated == 1);
  CHECK_THROWS_WITH(vocabulary.encode(" ... ", 3, truncated), ContainsSubstring("without words: ' ... '"));
  CHECK_THROWS_WITH(vocabulary.encode("a", 0, truncated), ContainsSubstring("max_words is 0"));
}

TEST_CASE("vocabulary: saved and loaded", "[text]") {
  const TemporaryFolder folder;
  const Vocabulary vocabulary = make_vocabulary({"a d\xc3\xb6g and a cat"});
  save_vocabulary(folder.path / "v.json", vocabulary);
  const Vocabulary loaded = load_vocabulary(folder.path / "v.json");
  CHECK(loaded.words == vocabulary.words);
  CHECK(loaded.ids == vocabulary.ids);
  CHECK_THROWS_WITH(to_json(make_vocabulary({"\xff"})), ContainsSubstring("not UTF-8"));

  const auto refused = [&](const std::string& text, const std::string& why) {
    CHECK_THROWS_WITH(load_vocabulary(folder.file("bad.json", text)),
                      ContainsSubstring("bad.json") && ContainsSubstring(why));
  };
  const std::string special = R"("[PAD]","[UNK]","[CLS]","[SEP]")";
  refused("[]", "array 'words'");
  refused(R"({"words": {}})", "array 'words'");
  refused(R"({"words": ["[PAD]"]})", "special tokens are missing");
  refused(R"({"words": ["[UNK]"]})", "words[0] '[UNK]' stands where [PAD] was expected");
  refused("{\"words\": [" + special + ", 5]}", "words[4] is not a string");
  refused("{\"words\": [" + special + R"(, "dog", "dog"]})", "words[5] 'dog' occurs twice");
  refused("{\"words\": [" + special + R"(, "Dog"]})", "not a lower-case word");
  refused("{\"words\": [" + special + R"(, "two dogs"]})", "not a lower-case word");
  refused("{\"words\": [" + special + R"(, ""]})", "not a lower-case word");
  refused("{\"words\": [", "malformed JSON");
}
