// wordpiece/: ids of every golden string, and what becomes of every code point.
#include <map>

#include "encoders.hpp"
#include "mgan/io/json.hpp"
#include "mgan/text/wordpiece.hpp"

namespace verify {

namespace {

using mgan::io::Json;
using Ids = std::vector<std::int64_t>;
namespace unicode = mgan::text::unicode;

/// A vocabulary that a golden file names: beside it, or below one of the folders above it or above the working one.
fs::path vocabulary_of(const fs::path& folder, const std::string& name) {
  if (fs::exists(folder / name)) return folder / name;
  for (const fs::path& start : {fs::absolute(folder), fs::current_path()})
    for (fs::path above = start; above != above.root_path(); above = above.parent_path())
      if (fs::exists(above / name)) return above / name;
  mgan::fail("the vocabulary ", name, " is not here");
}

std::string text_of(const Ids& ids) {
  std::string text;
  for (const std::int64_t id : ids) {
    if (!text.empty()) text += ' ';
    text += std::to_string(id);
  }
  return text;
}

std::string check_golden(const fs::path& path, const Json& golden) {
  const std::string vocabulary = golden.value("vocab", "vocab_tiny.txt");
  mgan::text::BertNormalizer normalize;
  normalize.uncased = golden.value("lowercase", true);
  const auto tokenizer = mgan::text::WordPiece::load(vocabulary_of(path.parent_path(), vocabulary), normalize);
  std::size_t count = 0;
  for (const Json& one : golden.at("cases")) {
    const auto& text = one.at("text").get_ref<const std::string&>();
    Ids ids, expected = one.at("ids").get<Ids>();
    if (one.contains("max_length")) {
      const auto length = one["max_length"].get<std::size_t>();
      std::size_t truncated = 0;
      ids = tokenizer.encode(text, length, truncated);
      Ids mask(ids.size(), 1);
      mask.resize(length, 0);
      ids.resize(length, tokenizer.pad);
      mgan::require(!one.contains("attention_mask") || mask == one["attention_mask"].get<Ids>(), path.string(),
                    ": string ", count, " '", text, "': attention_mask ", text_of(mask));
    } else {
      ids = tokenizer.encode(text);
    }
    mgan::require(ids == expected, path.string(), ": string ", count, " '", text, "': ids ", text_of(ids),
                  ", expected ", text_of(expected));
    ++count;
  }
  return std::to_string(count) + " strings, all ids equal";
}

const char* name_of(unicode::Class kind) {
  switch (kind) {
    case unicode::Class::drop:
      return "drop";
    case unicode::Class::space:
      return "space";
    case unicode::Class::cjk:
      return "cjk";
    case unicode::Class::punctuation:
      return "punctuation";
    case unicode::Class::accent:
    case unicode::Class::accent_starter:
      return "accent";
    default:
      return "keep";
  }
}

std::string check_code_points(const fs::path& path, const Json& json) {
  std::map<char32_t, std::string> classes, maps;
  for (const Json& range : json.at("ranges"))
    for (char32_t c = range.at(0).get<char32_t>(); c <= range.at(1).get<char32_t>(); ++c)
      classes[c] = range.at(2).get<std::string>();
  for (const auto& [code, to] : json.at("maps").items())
    maps[static_cast<char32_t>(std::stoul(code, nullptr, 16))] = to.get<std::string>();
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    const std::string kind = name_of(unicode::class_of(c));
    const std::string expected = classes.count(c) > 0 ? classes[c] : "keep";
    mgan::require(kind == expected, path.string(), ": code point ", static_cast<std::uint32_t>(c), ": ", kind,
                  ", expected ", expected);
    const bool hangul = c >= 0xAC00 && c <= 0xD7A3;
    if (hangul || kind == "drop" || kind == "space" || kind == "accent") continue;
    std::string mapped, wanted;
    unicode::uncased(c, [&](char32_t part) { mgan::append_utf8(mapped, part); });
    if (maps.count(c) > 0) wanted = maps[c];
    else mgan::append_utf8(wanted, c);
    mgan::require(mapped == wanted, path.string(), ": code point ", static_cast<std::uint32_t>(c), " becomes '", mapped,
                  "', expected '", wanted, "'");
  }
  return "1112064 code points, all classes and maps equal";
}

}  // namespace

void check_wordpiece(const fs::path& folder, const Add& add) {
  for (const fs::path& path : entries_of(folder)) {
    if (path.extension() != ".json") continue;
    const std::string name = name_below(folder, path);
    check_good(name, add, [&] {
      const Json json = mgan::io::read_json(path);
      if (json.contains("cases")) return check_golden(path, json);
      mgan::require(json.contains("ranges") && json.contains("maps"), path.string(),
                    ": neither golden strings ('cases') nor code points ('ranges', 'maps')");
      return check_code_points(path, json);
    });
  }
}

}  // namespace verify
