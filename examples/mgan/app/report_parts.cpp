#include "report_parts.hpp"

#include <png.h>

#include <cstdio>

#include "mgan/core/error.hpp"

namespace program {

std::string html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        // XML has no control characters, and a page that is shown as text must not send them to a terminal.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
        else out += "\xEF\xBF\xBD";
    }
  }
  return out;
}

std::string number(double x, int digits, bool typeset) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, x);
  std::string plain = text;
  if (plain[0] != '-') return plain;
  plain.erase(0, 1);
  if (plain.find_first_not_of("0.") == std::string::npos) return plain;  // no minus zero
  return (typeset ? "\u2212" : "-") + plain;
}

std::string png_bytes(const mgan::image::Picture& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  const bool ok = png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.rgb.data(), 0, nullptr) != 0;
  mgan::require(ok, "PNG of ", picture.width, " x ", picture.height, " pixels: ", image.message);
  bytes.resize(size);
  return bytes;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;  // 24 bits, four digits
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) text += i + j > bytes.size() ? '=' : digits[group >> (18 - 6 * j) & 63];
  }
  return text;
}

std::string data_uri(const mgan::image::Picture& picture) {
  return "data:image/png;base64," + base64(png_bytes(picture));
}

}  // namespace program
