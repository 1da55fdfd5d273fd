// Picture files: JPEG (grey, RGB, CMYK) and PNG (all kinds), told apart by their first bytes. Link jpeg and png.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
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
inline Picture read_picture(std::span<const std::byte> bytes, const std::string& name, bool header_only,
                            const DecodeOptions& options) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xff\xd8\xff")) return read_jpeg(bytes, name, header_only, options.max_pixels);
  if (text.starts_with("\x89PNG")) return read_png(bytes, name, header_only, options);
  fail(name, ": neither JPEG nor PNG");
}
}  // namespace detail

/// The picture in these bytes; `name` opens the message of an error. Corrupt and truncated files are errors. Colour
/// profiles and the camera's orientation tag are ignored.
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
