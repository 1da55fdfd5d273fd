// Picture files: JPEG (grey, RGB, CMYK) and PNG (all kinds), told apart by their first bytes. Link jpeg and png.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <new>
#include <span>
#include <string>
#include <string_view>

#include "mgan/core/error.hpp"
#include "mgan/image/jpeg.hpp"
#include "mgan/image/picture.hpp"
#include "mgan/image/png.hpp"
#include "mgan/io/mapped_file.hpp"

namespace mgan::image {

namespace detail {

/// What a file is that is neither JPEG nor PNG, by its first bytes: ": a GIF picture"; empty where they say nothing.
inline std::string kind_of(std::string_view text) {
  const auto at = [text](std::size_t place, std::string_view word) {
    return text.size() >= place + word.size() && text.substr(place, word.size()) == word;
  };
  if (text.empty()) return ": an empty file";
  if (at(0, "RIFF") && at(8, "WEBP")) return ": a WebP picture";
  if (at(0, "GIF8")) return ": a GIF picture";
  if (at(0, std::string_view("II*\0", 4)) || at(0, std::string_view("MM\0*", 4))) return ": a TIFF picture";
  if (at(0, "BM") && text.size() >= 26) return ": a BMP picture";
  if (at(4, "ftypavi")) return ": an AVIF picture";
  if (at(4, "ftyphei") || at(4, "ftyphev") || at(4, "ftypmif1")) return ": a HEIC picture";
  if (at(4, "jP  ") || at(0, "\xff\x4f\xff\x51")) return ": a JPEG 2000 picture";
  if (at(0, "\xff\x0a") || at(4, "JXL ")) return ": a JPEG XL picture";
  if (at(0, "version https://git-lfs")) return ": a Git LFS pointer, the picture itself was not fetched (git lfs pull)";
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && text[begin] == '<')
    return ": a page of HTML or XML, perhaps of a failed download";
  if (at(0, "%PDF")) return ": a PDF document";
  return "";
}

inline Picture read_picture(std::span<const std::byte> bytes, const std::string& name, bool header_only,
                            const DecodeOptions& options) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  try {
    if (text.starts_with("\xff\xd8\xff")) return read_jpeg(bytes, name, header_only, options.max_pixels);
    if (text.starts_with("\x89PNG")) return read_png(bytes, name, header_only, options);
  } catch (const std::bad_alloc&) {
    fail(name, ": not enough memory for its pixels");
  }
  fail(name, ": neither JPEG nor PNG", kind_of(text));
}
}  // namespace detail

/// The picture in these bytes; `name` opens the message of an error. Errors: corrupt and truncated files, claims that
/// the bytes cannot keep, more than max_pixels, more than most_elongated to one, files that take absurdly long for what
/// they hold. Colour profiles and the camera's orientation tag are ignored.
inline Picture decode(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions& options = {}) {
  return detail::read_picture(bytes, name, false, options);
}

/// The picture in a file.
inline Picture load_picture(const std::filesystem::path& path, const DecodeOptions& options = {}) {
  return decode(io::MappedFile(path).bytes(), path.string(), options);
}

struct PictureSize {
  int width = 0;
  int height = 0;
};
/// What the file's header claims, without decoding.
inline PictureSize picture_size(const std::filesystem::path& path, const DecodeOptions& options = {}) {
  const Picture header = detail::read_picture(io::MappedFile(path).bytes(), path.string(), true, options);
  return {header.width, header.height};
}

}  // namespace mgan::image
