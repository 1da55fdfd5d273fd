// Pictures as JPEG files in memory, for pages and thumbnails. Link jpeg.
#pragma once

#include <cstdlib>
#include <string>

#include "mgan/core/error.hpp"
#include "mgan/image/jpeg.hpp"
#include "mgan/image/picture.hpp"

namespace mgan::image {

namespace detail {

struct JpegWriter {
  jpeg_compress_struct info{};
  JpegErrors errors{};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;

  JpegWriter() {
    info.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = JpegErrors::stop;
  }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;
  ~JpegWriter() {
    jpeg_destroy_compress(&info);
    std::free(bytes);
  }

  // No local object here has a destructor, so that a jump skips nothing. False: errors.message says why.
  bool write(const Picture& picture, int quality) {
    if (setjmp(errors.back)) return false;
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = static_cast<JDIMENSION>(picture.width);
    info.image_height = static_cast<JDIMENSION>(picture.height);
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    info.optimize_coding = TRUE;
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
      JSAMPROW row =
          const_cast<std::uint8_t*>(picture.rgb.data()) + std::size_t{info.next_scanline} * info.image_width * 3;
      jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    return true;
  }
};

}  // namespace detail

/// A baseline JPEG of the picture; quality 1..100, colours at half resolution.
inline std::string jpeg_bytes(const Picture& picture, int quality = 85) {
  require(quality >= 1 && quality <= 100, "jpeg_bytes: quality is ", quality, ", expected 1..100");
  require(
      picture.width > 0 && picture.height > 0 &&
          picture.rgb.size() == static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height) * 3,
      "jpeg_bytes: a picture of ", picture.width, " x ", picture.height, " pixels with ", picture.rgb.size(), " bytes");
  detail::JpegWriter writer;
  require(writer.write(picture, quality), "jpeg_bytes: a picture of ", picture.width, " x ", picture.height,
          " pixels: ", writer.errors.message);
  return {reinterpret_cast<const char*>(writer.bytes), writer.size};
}

}  // namespace mgan::image
