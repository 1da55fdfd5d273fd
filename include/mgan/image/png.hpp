// PNG files by libpng. Link png.
#pragma once

#include <png.h>

#include <algorithm>
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
  std::vector<png_byte> pixels;  // as libpng hands them over
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
  bool read(std::span<const std::byte> bytes, bool header_only, const DecodeOptions& options) {
    if (!png || !info || setjmp(png_jmpbuf(png))) return false;
    rest = bytes;
    png_set_read_fn(png, this, take);
    // Text, profiles, times and the like change no pixel here, and claim any size: they are passed over unread. What
    // remains are IHDR, PLTE, tRNS, IDAT and IEND, and a limit of memory for each.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_set_chunk_malloc_max(png, 8'000'000);
    png_read_info(png, info);
    const std::uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (std::uint64_t{width} * height > options.max_pixels) {
      std::snprintf(message, sizeof message, "%u x %u pixels are too many", width, height);
      return false;
    }
    if (std::uint64_t{std::max(width, height)} > std::uint64_t{most_elongated} * std::min(width, height)) {
      std::snprintf(message, sizeof message, "%u x %u pixels: one side is over %d times the other", width, height,
                    most_elongated);
      return false;
    }
    picture.width = static_cast<int>(width);
    picture.height = static_cast<int>(height);
    if (header_only) return true;
    // zlib's best is 1032 to 1: a small file that claims more is refused before memory is taken.
    if (png_get_rowbytes(png, info) * height / 1040 > bytes.size()) png_error(png, "truncated");

    const bool grey16 = png_get_color_type(png, info) == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) == 16;
    if (!grey16) {  // whatever the file holds becomes 8-bit RGB, or RGBA
      png_set_strip_16(png);
      png_set_palette_to_rgb(png);
      png_set_expand_gray_1_2_4_to_8(png);
      png_set_gray_to_rgb(png);
      if (options.transparency == Transparency::drop) png_set_strip_alpha(png);
      else if (png_get_valid(png, info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
    }
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    const std::size_t stride = png_get_rowbytes(png, info), samples = stride / width;
    if (stride % width != 0 || (samples != 3 && samples != 4 && !grey16)) png_error(png, "unexpected layout of pixels");
    pixels.resize(stride * height);
    rows.resize(height);
    for (std::size_t y = 0; y < height; ++y) rows[y] = pixels.data() + y * stride;
    png_read_image(png, rows.data());
    png_read_end(png, nullptr);

    if (grey16) narrow(options);
    else if (samples == 4) lay_on_white();
    else picture.rgb.swap(pixels);
    return true;
  }

  // 16-bit grey, the high byte first, and perhaps one transparent value.
  void narrow(const DecodeOptions& options) {
    png_color_16p transparent = nullptr;
    if (options.transparency == Transparency::on_white) png_get_tRNS(png, info, nullptr, nullptr, &transparent);
    picture.rgb.reserve(pixels.size() / 2 * 3);
    for (std::size_t p = 0; p < pixels.size(); p += 2) {
      const int value = pixels[p] << 8 | pixels[p + 1];
      int grey = options.grey16 == Grey16::high_byte ? pixels[p] : std::min(value, 255);
      if (transparent && value == transparent->gray) grey = 255;
      picture.rgb.insert(picture.rgb.end(), 3, static_cast<std::uint8_t>(grey));
    }
  }

  // alpha v + (1 - alpha) 255, rounded as Pillow's alpha_composite does.
  void lay_on_white() {
    picture.rgb.reserve(pixels.size() / 4 * 3);
    for (std::size_t p = 0; p < pixels.size(); p += 4) {
      const unsigned alpha = pixels[p + 3];
      for (std::size_t c = 0; c < 3; ++c) {
        const unsigned sum = 128 * (pixels[p + c] * alpha + 255 * (255 - alpha) + 128);
        picture.rgb.push_back(static_cast<std::uint8_t>(((sum >> 8) + sum) >> 15));
      }
    }
  }
};

inline Picture read_png(std::span<const std::byte> bytes, const std::string& name, bool header_only,
                        const DecodeOptions& options) {
  PngReader reader;
  require(reader.read(bytes, header_only, options), name, ": not a readable PNG: ", reader.message);
  return std::move(reader.picture);
}

}  // namespace detail

}  // namespace mgan::image
