// Pictures with something drawn over them, as SVG.
#pragma once

#include <string>

#include "explanation.hpp"

namespace program::search {

/// A picture that picture_def has put on the page.
struct Drawn {
  std::string id;
  int width = 0, height = 0;  // of the picture as it was indexed: the coordinates of what is drawn over it
};

/// The picture, to be placed inside <defs>.
std::string picture_def(const Drawn& picture, const std::string& uri);
/// The picture with `overlay` above it.
std::string panel(const Drawn& picture, const std::string& overlay, const std::string& description);

/// Dropped patches nearly black; kept ones clear where the weight is largest and darker below.
std::string patch_shades(const Explanation& e, const Drawn& picture);
/// Boxes filled by their weight, the strongest last.
std::string box_shades(const Explanation& e, const Drawn& picture);
/// The numbers of the words, in the cells of their strongest patches.
std::string word_marks(const Explanation& e, const Drawn& picture);

}  // namespace program::search
