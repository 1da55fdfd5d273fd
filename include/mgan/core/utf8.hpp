// UTF-8, one code point after the other; and texts from files as they may be shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mgan/core/error.hpp"

namespace mgan {

/// The code point at `place`, and how many bytes it takes. `valid` is false for an ill-formed sequence: `code` is
/// U+FFFD then, and `bytes` the longest beginning of a well-formed sequence found there, or 1.
struct CodePoint {
  char32_t code = 0xFFFD;
  std::size_t bytes = 1;
  bool valid = false;
};

/// Well-formed as in Table 3-7 of the Unicode standard: no overlong forms, no surrogates, nothing above U+10FFFF.
inline CodePoint code_point_at(std::string_view text, std::size_t place) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[place + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 1;
  if (length == 1) return {};
  // The second byte is what rules out overlong forms, surrogates and what lies above U+10FFFF.
  const unsigned char least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  char32_t code = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const bool inside = place + i < text.size();
    if (!inside || byte(i) < (i == 1 ? least : 0x80) || byte(i) > (i == 1 ? most : 0xBF)) return {0xFFFD, i, false};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  return {code, length, true};
}

inline void append_utf8(std::string& text, char32_t code) {
  const auto put = [&text](char32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// Place of the first byte that is not UTF-8; text.size() if there is none.
inline std::size_t invalid_utf8_at(std::string_view text) {
  std::size_t place = 0;
  while (place < text.size()) {
    const CodePoint point = code_point_at(text, place);
    if (!point.valid) break;
    place += point.bytes;
  }
  return place;
}

/// Throws unless `text` is UTF-8; `where` opens the message.
inline void check_utf8(std::string_view text, std::string_view where) {
  const std::size_t place = invalid_utf8_at(text);
  require(place == text.size(), where, ": byte ", place, " is not UTF-8");
}

/// At most `most` characters of a text from a file or a user, for one line of a message or a terminal: bytes that are
/// not UTF-8 and control characters as \xE9, "..." for the rest.
inline std::string printable(std::string_view text, std::size_t most = 80) {
  std::string out;
  std::size_t characters = 0;
  for (std::size_t place = 0; place < text.size(); ++characters) {
    if (characters == most) return out + "...";
    const CodePoint point = code_point_at(text, place);
    const bool control = point.code < 0x20 || (point.code >= 0x7F && point.code < 0xA0);
    for (const char c : text.substr(place, point.bytes)) {
      constexpr char digits[] = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      if (point.valid && !control) out += c;
      else out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
    place += point.bytes;
  }
  return out;
}

}  // namespace mgan
