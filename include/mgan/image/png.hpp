// PNG files by libpng. Link png.
#pragma once

#include <png.h>

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/image/picture.hpp"

namespace mgan::image {

namespace detail {

struct PngReader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::byte> rest;
  Picture picture;
  std::vector<png_bytep> rows;
  char message[200] = "out of memory";

  PngReader() {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, stop, [](png_structp, png_const_charp) {});
    if (png) info = png_create_info_struct(png);
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }

  // libpng's error call must not return: it jumps back into read(), over C frames only.
  [[noreturn]] static void stop(png_structp png, png_const_charp why) {
    auto* self = static_cast<PngReader*>(png_get_error_ptr(png));
    std::snprintf(self->message, sizeof self->message, "%s", why);
    png_longjmp(png, 1);
  }
  static void take(png_structp png, png_bytep to, std::size_t count) {
    auto* self = static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > self->rest.size()) png_error(png, "truncated");
    std::memcpy(to, self->rest.data(), count);
    self->rest = self->rest.subspan(count);
  }

  // No local object here has a destructor, so that a jump skips nothing. False: `message` says why.
  bool read(std::span<const std::byte> bytes, bool header_only, std::uint64_t max_pixels) {
    if (!png || !info || setjmp(png_jmpbuf(png))) return false;
    rest = bytes;
    png_set_read_fn(png, this, take);
    png_read_info(png, info);
    const std::uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (std::uint64_t{width} * height > max_pixels) {
      std::snprintf(message, sizeof message, "%u x %u pixels are too many", width, height);
      return false;
    }
    picture.width = static_cast<int>(width);
    picture.height = static_cast<int>(height);
    if (header_only) return true;
    // Whatever the file holds becomes 8-bit RGB; alpha is dropped, not blended.
    png_set_scale_16(png);
    png_set_palette_to_rgb(png);
    png_set_expand_gray_1_2_4_to_8(png);
    png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    const std::size_t stride = std::size_t{width} * 3;
    if (png_get_rowbytes(png, info) != stride) png_error(png, "unexpected layout of pixels");
    picture.rgb.resize(stride * height);
    rows.resize(height);
    for (std::size_t y = 0; y < height; ++y) rows[y] = picture.rgb.data() + y * stride;
    png_read_image(png, rows.data());
    png_read_end(png, nullptr);
    return true;
  }
};

inline Picture read_png(std::span<const std::byte> bytes, const std::string& name, bool header_only,
                        std::uint64_t max_pixels) {
  PngReader reader;
  require(reader.read(bytes, header_only, max_pixels), name, ": not a readable PNG: ", reader.message);
  return std::move(reader.picture);
}

}  // namespace detail

}  // namespace mgan::image
