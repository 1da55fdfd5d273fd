// Captions for a folder of photographs: a text file as Flickr8k and Flickr30k have it, a caption a line,
//
//     1000092795.jpg#0<TAB>Two young guys with shaggy hair .
//
// with or without the number behind the name.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/caption_lines.hpp"
#include "mgan/data/image_folder.hpp"

namespace mgan::data {

namespace detail {

/// The name of a picture: `key` as it stands, or without the #number behind it.
inline std::string_view without_number(std::string_view key) {
  const std::size_t hash = key.rfind('#');
  const bool number = hash != std::string_view::npos && hash + 1 < key.size() &&
                      key.find_first_not_of("0123456789", hash + 1) == std::string_view::npos;
  return number ? key.substr(0, hash) : key;
}

}  // namespace detail

/// The captions of folder.names[i], in the order of the file; none where the file has none. Errors name file and line:
/// no TAB, a picture that is not in the folder, and whatever read_lines and check_caption refuse. Pictures without a
/// caption are a warning of the folder.
inline std::vector<std::vector<std::string>> read_folder_captions(const std::filesystem::path& path,
                                                                  ImageFolder& folder) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < folder.names.size(); ++i) places.emplace(folder.names[i], i);
  std::vector<std::vector<std::string>> captions(folder.size());
  const std::vector<std::string> lines = read_lines(path, folder.warnings);
  for (std::size_t l = 0; l < lines.size(); ++l) {
    const std::string_view line = lines[l];
    const std::string place = path.string() + ": line " + std::to_string(l + 1);
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos)
      fail(place, " has no TAB between a picture's name and its caption: '", printable(line), "'");
    const std::string_view key = line.substr(0, tab), caption = line.substr(tab + 1);
    auto found = places.find(key);
    if (found == places.end()) found = places.find(detail::without_number(key));
    if (found == places.end()) fail(place, ": no picture '", printable(key), "' in ", folder.path.string());
    check_caption(caption, place);
    captions[found->second].emplace_back(caption);
  }
  std::size_t without = 0;
  std::string first;
  for (std::size_t i = 0; i < captions.size(); ++i)
    if (captions[i].empty() && without++ == 0) first = folder.names[i];
  if (without > 0) {
    folder.warnings.push_back(path.string() + ": no caption for " + std::to_string(without) + " of " +
                              std::to_string(captions.size()) + " pictures, first '" + first + "'");
  }
  return captions;
}

}  // namespace mgan::data
