// Files that are no pictures: every large collection has some.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/image/picture.hpp"

namespace mgan::data {

/// What becomes of a picture that is missing, truncated, corrupt or of another format: the error that names it, or a
/// warning that names it, and the picture is left out.
enum class BrokenPictures { fatal, skip };

/// load(), which returns an image::Picture; nothing where that fails and broken pictures are skipped. The reason, which
/// opens with the file's name, is then the last one of `warnings`.
template <class Load>
std::optional<image::Picture> load_or_skip(Load&& load, BrokenPictures broken, std::vector<std::string>& warnings) {
  try {
    return load();
  } catch (const Error& error) {
    if (broken == BrokenPictures::fatal) throw;
    warnings.push_back(std::string(error.what()) + "; left out");
    return std::nullopt;
  }
}

}  // namespace mgan::data
