// Where the files of the field lie, whatever a path names: the features themselves, or what stands around them.
//
//     f30k_precomp/train_ims.npy ...                                              SCAN
//     data/f30k/{precomp/train_ims.npy ..., flickr30k-images/, id_mapping.json}   vse_infty; coco has images/
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/scan_folder.hpp"

namespace mgan::data {

/// What is not there is empty.
struct ScanLayout {
  std::filesystem::path features;  // of *_ims.npy
  std::filesystem::path images;    // images/ or flickr30k-images/
  std::filesystem::path ids;       // id_mapping.json, or the one dataset*.json
};

/// Whether `path` has features, or a folder `precomp` that has.
inline bool is_scan_layout(const std::filesystem::path& path) {
  return is_scan_folder(path) || is_scan_folder(path / "precomp");
}

/// The files around the features that `path` names: beside `precomp`, or in the folder itself.
inline ScanLayout scan_layout(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  ScanLayout layout{is_scan_folder(path) ? path : path / "precomp", {}, {}};
  const fs::path own = layout.features.lexically_normal();
  const fs::path folder = own.has_filename() ? own : own.parent_path();
  const fs::path root = folder.filename() != "precomp" ? layout.features
                        : layout.features != path      ? path
                        : folder.has_parent_path()     ? folder.parent_path()
                                                       : fs::path(".");
  std::error_code ignored;
  for (const char* name : {"images", "flickr30k-images"})
    if (layout.images.empty() && fs::is_directory(root / name, ignored)) layout.images = root / name;
  if (fs::is_regular_file(root / "id_mapping.json", ignored)) {
    layout.ids = root / "id_mapping.json";
    return layout;
  }
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(root, ignored), end; !ignored && entry != end; entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with("dataset") && name.ends_with(".json")) found.push_back(entry->path());
  }
  if (found.size() == 1) layout.ids = found.front();
  return layout;
}

}  // namespace mgan::data
