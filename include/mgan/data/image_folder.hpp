// A folder of photographs, without captions: what an index for search is made of.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"
#include "mgan/data/broken_pictures.hpp"
#include "mgan/image/decode.hpp"

namespace mgan::data {

/// The JPEG and PNG files in a folder and in the folders below it. Nothing is decoded before it is asked for.
struct ImageFolder {
  std::filesystem::path path;
  std::vector<std::string> names = {};     // below `path`, 'a/b.jpg', in the order of their bytes
  std::vector<std::string> warnings = {};  // what was left out, for the program to print

  std::size_t size() const { return names.size(); }
  std::filesystem::path file(std::size_t i) const { return path / names.at(i); }
  /// Pixels of picture i, decoded now; may be called by several threads at once. A broken file is an error.
  image::Picture picture(std::size_t i, const image::DecodeOptions& options = {}) const {
    return image::load_picture(file(i), options);
  }
};

namespace detail {

/// By the ending of the name, in letters of any case.
inline bool has_picture_name(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

/// Names that were left out, as one warning.
struct LeftOut {
  std::string_view what;
  std::size_t count = 0;
  std::string first = {};

  void add(const std::string& name) {
    if (count++ == 0 || name < first) first = name;
  }
  void warn(const std::string& folder, std::vector<std::string>& warnings) const {
    if (count > 0) {
      warnings.push_back(folder + ": " + std::to_string(count) + " " + std::string(what) + " left out, first '" +
                         printable(first) + "'");
    }
  }
};

}  // namespace detail

/// Lists a folder. Pictures are the files *.jpg, *.jpeg and *.png, whatever they hold; other files, hidden ones and
/// links to folders are left out with a warning. Errors: no such folder, one that cannot be listed, no picture at all;
/// by `broken` a folder below it that cannot be listed, and a name that is not UTF-8.
inline ImageFolder open_image_folder(const std::filesystem::path& path, BrokenPictures broken = BrokenPictures::fatal) {
  namespace fs = std::filesystem;
  std::error_code code;
  require(fs::is_directory(path, code), path.string(), ": ",
          fs::exists(path, code) ? "not a folder" : "no such folder");
  ImageFolder folder{path};
  const auto left_out = [&](const std::string& why, const char* advice) {
    require(broken == BrokenPictures::skip, why, advice);
    folder.warnings.push_back(why + "; left out");
  };
  detail::LeftOut others{"files that are not named .jpg, .jpeg or .png"}, hidden{"hidden files and folders"},
      links{"links to folders"};
  std::vector<fs::path> folders{path};  // to be listed
  while (!folders.empty()) {
    const fs::path here = std::move(folders.back());
    folders.pop_back();
    fs::directory_iterator entry(here, code), end;
    for (; !code && entry != end; entry.increment(code)) {
      const std::string name = entry->path().lexically_relative(path).generic_string();
      std::error_code unknown;  // a link to nothing is no folder, and broken when it is decoded
      const bool is_folder = entry->is_directory(unknown);
      if (entry->path().filename().string().starts_with('.')) {
        hidden.add(name);
      } else if (is_folder) {
        if (entry->is_symlink(unknown)) links.add(name);
        else folders.push_back(entry->path());
      } else if (!detail::has_picture_name(entry->path())) {
        others.add(name);
      } else if (invalid_utf8_at(name) != name.size()) {
        left_out(path.string() + ": the name '" + printable(name, 200) + "' is not UTF-8", "; rename the file");
      } else {
        folder.names.push_back(name);
      }
    }
    if (!code) continue;
    const std::string why = here.string() + ": cannot list this folder: " + code.message();
    require(here != path, why);
    left_out(why, "");
    code.clear();
  }
  for (const detail::LeftOut& left : {others, hidden, links}) left.warn(path.string(), folder.warnings);
  require(!folder.names.empty(), path.string(), ": no files *.jpg, *.jpeg or *.png");
  std::sort(folder.names.begin(), folder.names.end());
  return folder;
}

}  // namespace mgan::data
