// A picture as small as a page needs it.
#pragma once

#include <string>
#include <string_view>

#include "mgan/image/picture.hpp"

namespace program::search {

/// A JPEG file with a long side of 360 pixels at most; pictures below 130 pixels (painted scenes) as PNG files.
std::string thumbnail_file(const mgan::image::Picture& picture);

/// `data:image/jpeg;base64,...`, or png, by the first bytes.
std::string data_uri(std::string_view file);

}  // namespace program::search
