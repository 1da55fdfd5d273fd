// The gallery as HTML.
#pragma once

#include <string>

#include "gallery.hpp"

namespace program {

std::string gallery_html(const Gallery& gallery);

}  // namespace program
