// JPEG files by libjpeg-turbo. Link jpeg.
#pragma once

#include <csetjmp>
#include <cstddef>
#include <cstdio>  // jpeglib.h uses FILE
//
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/image/picture.hpp"

namespace mgan::image {

namespace detail {

// libjpeg reports errors by a call that must not return: it jumps back into read_jpeg, over C frames only.
struct JpegErrors {
  jpeg_error_mgr manager;  // first, so that libjpeg's pointer to it is a pointer to this
  std::jmp_buf back;
  char message[JMSG_LENGTH_MAX];

  [[noreturn]] static void stop(j_common_ptr info) {
    auto* self = reinterpret_cast<JpegErrors*>(info->err);
    self->manager.format_message(info, self->message);
    std::longjmp(self->back, 1);
  }
  // libjpeg only warns of truncated and corrupt data and invents the rest of the picture. Not for us, except where the
  // pixels are whole: many Samsung phones write a scan header that libjpeg finds not sequential.
  static void warn(j_common_ptr info, int level) {
    const int code = info->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_ADOBE_XFORM && code != JWRN_JFIF_MAJOR &&
        code != JWRN_NOT_SEQUENTIAL)
      stop(info);
  }
};

/// Blocks that all scans of a picture together may visit: a progressive file of a few kilobytes can ask for minutes.
struct JpegWork {
  jpeg_progress_mgr manager;  // first, so that libjpeg's pointer to it is a pointer to this
  std::uint64_t left = 0;

  // libjpeg calls this after every row of blocks of a scan.
  static void spend(j_common_ptr common) {
    const auto* info = reinterpret_cast<j_decompress_ptr>(common);
    auto* self = reinterpret_cast<JpegWork*>(info->progress);
    std::uint64_t blocks = 0;
    for (int c = 0; c < info->comps_in_scan; ++c) {
      const jpeg_component_info* component = info->cur_comp_info[c];
      blocks += std::uint64_t{component->width_in_blocks} * static_cast<std::uint64_t>(component->v_samp_factor);
    }
    if (blocks > self->left) {
      auto* errors = reinterpret_cast<JpegErrors*>(info->err);
      std::snprintf(errors->message, sizeof errors->message, "its scans take too long for so few bytes");
      std::longjmp(errors->back, 1);
    }
    self->left -= blocks;
  }
};

struct JpegReader {
  jpeg_decompress_struct info{};
  JpegErrors errors{};
  JpegWork work{};
  Picture picture;
  std::vector<std::uint8_t> inks;  // a row of CMYK

  JpegReader() {
    info.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = JpegErrors::stop;
    errors.manager.emit_message = JpegErrors::warn;
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&info); }

  // No local object here has a destructor, so that a jump skips nothing. False: errors.message says why.
  bool read(std::span<const std::byte> bytes, bool header_only, std::uint64_t max_pixels) {
    if (setjmp(errors.back)) return false;
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<unsigned long>(bytes.size()));
    jpeg_read_header(&info, TRUE);
    picture.width = static_cast<int>(info.image_width);
    picture.height = static_cast<int>(info.image_height);
    if (std::uint64_t{info.image_width} * info.image_height > max_pixels) {
      std::snprintf(errors.message, sizeof errors.message, "%u x %u pixels are too many", info.image_width,
                    info.image_height);
      return false;
    }
    if (long_side() > std::uint64_t{most_elongated} * short_side()) {
      std::snprintf(errors.message, sizeof errors.message, "%u x %u pixels: one side is over %d times the other",
                    info.image_width, info.image_height, most_elongated);
      return false;
    }
    if (!info.arith_code && blocks() / 8 > bytes.size()) {
      std::snprintf(errors.message, sizeof errors.message, "%zu bytes are too few for %u x %u pixels", bytes.size(),
                    info.image_width, info.image_height);
      return false;
    }
    if (header_only) return true;
    const bool cmyk = info.num_components == 4;
    info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    picture.rgb.resize(std::size_t{info.image_width} * info.image_height * 3);
    inks.resize(cmyk ? std::size_t{info.image_width} * 4 : 0);
    work.manager.progress_monitor = JpegWork::spend;
    work.left = 4'000'000 + 100 * std::uint64_t{bytes.size()};  // photographs need one or two blocks a byte
    if (jpeg_has_multiple_scans(&info)) info.progress = &work.manager;
    jpeg_start_decompress(&info);  // reads all scans, where there are several
    info.progress = nullptr;
    while (info.output_scanline < info.output_height) {
      std::uint8_t* const row = picture.rgb.data() + std::size_t{info.output_scanline} * info.image_width * 3;
      JSAMPROW target = cmyk ? inks.data() : row;
      jpeg_read_scanlines(&info, &target, 1);
      if (cmyk) mix(row);
    }
    jpeg_finish_decompress(&info);
    return true;
  }

  std::uint64_t long_side() const { return std::max(info.image_width, info.image_height); }
  std::uint64_t short_side() const { return std::min(info.image_width, info.image_height); }
  // Of 8 x 8 samples, each of which takes a bit at least where Huffman's code is used.
  std::uint64_t blocks() const {
    std::uint64_t sum = 0;
    for (int c = 0; c < info.num_components; ++c)
      sum += std::uint64_t{info.comp_info[c].width_in_blocks} * info.comp_info[c].height_in_blocks;
    return sum;
  }

  // Light that is left: (1 - ink) (1 - black), in Pillow's roundings. Files store 1 - ink, as Adobe's do; Pillow takes
  // that for granted, and so do we.
  void mix(std::uint8_t* row) const {
    for (std::size_t x = 0; x < info.image_width; ++x) {
      const int light = inks[4 * x + 3];
      for (std::size_t c = 0; c < 3; ++c) {
        const int product = (255 - inks[4 * x + c]) * light + 128;
        row[3 * x + c] = static_cast<std::uint8_t>(std::max(0, light - (((product >> 8) + product) >> 8)));
      }
    }
  }
};

inline Picture read_jpeg(std::span<const std::byte> bytes, const std::string& name, bool header_only,
                         std::uint64_t max_pixels) {
  JpegReader reader;
  require(reader.read(bytes, header_only, max_pixels), name, ": not a readable JPEG: ", reader.errors.message);
  return std::move(reader.picture);
}

}  // namespace detail

}  // namespace mgan::image
