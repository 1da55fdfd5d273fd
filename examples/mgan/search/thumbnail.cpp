#include "thumbnail.hpp"

#include <algorithm>

#include "app/report_parts.hpp"
#include "mgan/image/resize.hpp"
#include "mgan/image/write_jpeg.hpp"

namespace program::search {

std::string thumbnail_file(const mgan::image::Picture& picture) {
  constexpr int longest = 360, drawn = 130;
  const int side = std::max(picture.width, picture.height);
  if (side < drawn) return png_bytes(picture);
  if (side <= longest) return mgan::image::jpeg_bytes(picture, 82);
  const auto scaled = [&](int length) {
    return std::max(1, static_cast<int>(static_cast<std::int64_t>(length) * longest / side));
  };
  return mgan::image::jpeg_bytes(mgan::image::resize(picture, scaled(picture.width), scaled(picture.height)), 82);
}

std::string data_uri(std::string_view file) {
  return std::string("data:image/") + (file.starts_with("\x89PNG") ? "png" : "jpeg") + ";base64," + base64(file);
}

}  // namespace program::search
