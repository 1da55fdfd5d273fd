// One error type for every border check, with numbers in its message: `PatchAlignment: A1 is
// (30, 30), expected (32, 32)`.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/core/requirements.hpp"

namespace mgan {

/// Thrown for every input that mgan refuses: shapes, values, files, options. Its message
/// names the place and the numbers.
class Error : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// Axis lengths, outermost first: (images, texts), (texts, words, D).
using Shape = std::vector<std::int64_t>;

/// `(30, 30)`; a scalar is `()`.
inline std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

namespace detail {
// Names and values come from files: a control character among them must not reach a terminal as it stands.
inline void append(std::string& text, std::string_view part) {
  for (const char c : part) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7F) || c == '\n' || c == '\t') text += c;
    else text += {'\\', 'x', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
  }
}
inline void append(std::string& text, const Shape& shape) { text += to_string(shape); }
void append(std::string& text, std::integral auto number) { text += std::to_string(number); }
void append(std::string& text, std::floating_point auto number) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.9g", static_cast<double>(number));
  text += digits;
}
}  // namespace detail

/// Joins strings, numbers and shapes into one message and throws it as mgan::Error.
template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  std::string text;
  (detail::append(text, parts), ...);
  throw Error(text);
}

/// fail(parts...) unless `ok`; the message is built on failure alone.
template <class... Parts>
void require(bool ok, const Parts&... parts) {
  if (!ok) fail(parts...);
}

}  // namespace mgan
