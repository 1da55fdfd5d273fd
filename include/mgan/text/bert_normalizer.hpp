// What BERT's tokenisers do to a text before they look for pieces, as Hugging Face's `tokenizers` does it:
//
//     remove control characters, turn white space into spaces, put spaces around Chinese characters (unless told not
//     to); uncased alone: decompose (NFD), remove accents (category Mn), lower-case each code point for itself.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "mgan/core/error.hpp"
#include "mgan/text/unicode_table.hpp"
#include "mgan/text/utf8.hpp"

namespace mgan::text {

namespace unicode {

namespace detail {
/// The last entry of an ascending table whose key is not above `code`; the first, if all are. By value: under
/// -fsanitize=undefined a pointer into a table is no constant for g++.
template <class Entry, std::size_t n, class Key>
constexpr Entry last_not_above(const Entry (&table)[n], char32_t code, Key&& key) {
  std::size_t begin = 0, end = n;  // the answer is in front of `end`, and not in front of `begin`
  while (end - begin > 1) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (key(table[middle]) <= code) begin = middle;
    else end = middle;
  }
  return table[begin];
}
constexpr Class class_in_table(char32_t code) {
  const ClassRange range = last_not_above(class_ranges, code, [](const ClassRange& r) { return r.first; });
  return code >= range.first && code <= range.last ? range.kind : Class::keep;
}
inline constexpr auto ascii_classes = [] {
  std::array<Class, 128> all{};
  for (char32_t c = 0; c < 128; ++c) all[c] = class_in_table(c);
  return all;
}();
}  // namespace detail

constexpr Class class_of(char32_t code) {
  return code < 128 ? detail::ascii_classes[code] : detail::class_in_table(code);
}

/// 0 for starters and for accents that are removed anyway.
constexpr std::uint8_t combining_class(char32_t code) {
  const MarkRange range = detail::last_not_above(mark_ranges, code, [](const MarkRange& r) { return r.first; });
  return code >= range.first && code <= range.last ? range.combining_class : std::uint8_t{0};
}

/// Calls f with each code point of `code` decomposed, without accents and in lower case.
template <class F>
constexpr void uncased(char32_t code, F&& f) {
  if (code < 128) return f(code >= U'A' && code <= U'Z' ? code + 32 : code);
  if (code >= 0xAC00 && code <= 0xD7A3) {  // a Hangul syllable: 19 leading consonants, 21 vowels, 27 trailing or none
    const char32_t place = code - 0xAC00;
    f(0x1100 + place / 588);
    f(0x1161 + place % 588 / 28);
    if (place % 28 > 0) f(0x11A7 + place % 28);
    return;
  }
  const auto from = [](const auto& entry) { return entry.from; };
  if (const Mapping one = detail::last_not_above(mappings, code, from); one.from == code) return f(one.to);
  if (const LongMapping many = detail::last_not_above(long_mappings, code, from); many.from == code) {
    for (const char32_t part : many.to)
      if (part != 0) f(part);
    return;
  }
  f(code);
}

}  // namespace unicode

/// UTF-8 -> code points; white space is U+0020.
struct BertNormalizer {
  bool uncased = true;
  InvalidUtf8 invalid = InvalidUtf8::refuse;
  bool chinese_apart = true;  // spaces around each Chinese character

  std::u32string operator()(std::string_view text) const {
    std::u32string out;
    out.reserve(text.size() + 8);
    std::size_t marks = 0;  // code points at the end of `out` that canonical order has still to sort
    for (std::size_t place = 0; place < text.size();) {
      const CodePoint point = code_point_at(text, place);
      require(point.valid || invalid == InvalidUtf8::replace, "text: byte ", place, " is not UTF-8");
      place += point.bytes;
      append(out, point.code, marks);
    }
    sort_marks(out, marks);
    return out;
  }

 private:
  void append(std::u32string& out, char32_t code, std::size_t& marks) const {
    using unicode::Class;
    const Class kind = unicode::class_of(code);
    if (kind == Class::drop) return;
    if (kind == Class::space) code = U' ';
    if (kind == Class::cjk && chinese_apart) put(out, U' ', marks);
    if (!uncased) out += code;
    else if (kind == Class::accent_starter) sort_marks(out, marks);
    else if (kind != Class::accent) unicode::uncased(code, [&](char32_t part) { put(out, part, marks); });
    if (kind == Class::cjk && chinese_apart) put(out, U' ', marks);
  }

  static void put(std::u32string& out, char32_t code, std::size_t& marks) {
    if (code >= 0x300 && unicode::combining_class(code) != 0) ++marks;
    else sort_marks(out, marks);
    out += code;
  }

  /// Canonical order: runs of marks by their combining class, equal ones as they came.
  static void sort_marks(std::u32string& out, std::size_t& marks) {
    if (marks > 1) {
      std::stable_sort(out.end() - static_cast<std::ptrdiff_t>(marks), out.end(), [](char32_t a, char32_t b) {
        return unicode::combining_class(a) < unicode::combining_class(b);
      });
    }
    marks = 0;
  }
};

}  // namespace mgan::text
