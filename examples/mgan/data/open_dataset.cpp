#include "open_dataset.hpp"

#include <filesystem>
#include <vector>

#include "mgan/data/karpathy.hpp"
#include "mgan/data/scan_folder.hpp"
#include "mgan/data/scenes.hpp"

namespace program {

namespace {

namespace fs = std::filesystem;
using mgan::data::Dataset;
using mgan::data::Split;

/// The Karpathy JSON that --data names: the file itself, or the one dataset*.json of a folder.
fs::path json_of(const fs::path& data) {
  std::error_code unknown;
  if (!fs::is_directory(data, unknown)) return data;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(data)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("dataset") && name.ends_with(".json")) found.push_back(entry.path());
  }
  mgan::require(found.size() == 1, data.string(), ": ", found.size(), " files dataset*.json, expected one");
  return found.front();
}

/// The folder of photographs: as given, or images/ beside the JSON file, or the JSON file's own folder.
fs::path images_of(const DataConfig& c, const fs::path& json) {
  if (!c.images.empty()) return c.images;
  const fs::path folder = json.parent_path();
  std::error_code unknown;
  return fs::is_directory(folder / "images", unknown) ? folder / "images" : folder;
}

Dataset open_scenes(const DataConfig& c, Split split) {
  mgan::require(c.boxes == BoxKind::grid || c.boxes == BoxKind::annotated, "--boxes is '", c.boxes.text(),
                "'; scenes have grid or annotated boxes");
  mgan::require(c.train_scenes > 0 && c.validation_scenes > 0, "--train-scenes is ", c.train_scenes,
                ", --validation-scenes is ", c.validation_scenes, "; both have to be positive");
  mgan::data::ScenesOptions options;
  options.count = static_cast<std::size_t>(split == Split::train ? c.train_scenes : c.validation_scenes);
  options.seed = c.scenes_seed;
  return mgan::data::scenes(split, options);
}

Dataset open_scan_folder(const DataConfig& c, Split split) {
  const std::string& path = *c.data.path;
  mgan::require(c.images.empty(), "--images ", c.images, ": ", path, " has features, and no pictures are read");
  mgan::require(c.boxes == BoxKind::annotated, "--boxes ", c.boxes.text(), ": ", path,
                " has the boxes of its features");
  return mgan::data::scan_folder({path, c.testall}, split);
}

Dataset open_karpathy(const DataConfig& c, Split split) {
  const std::string& path = *c.data.path;
  mgan::require(c.boxes != BoxKind::both, "--boxes both: ", path, " has no boxes of its own; both is for a cache of ",
                "`mgan extract`, which may hold two kinds");
  mgan::data::KarpathyOptions options;
  options.json = json_of(path);
  options.images = images_of(c, options.json);
  // Boxes come from a file, or from a grid; where nobody chose ("annotated" is the default of scenes) it is the grid.
  if (c.boxes == BoxKind::file) options.boxes = c.boxes.file;
  options.grid_rows = options.grid_columns = static_cast<int>(c.grid);
  options.restval = c.restval;
  options.broken = c.broken_pictures;
  return mgan::data::karpathy(options, split);
}

constexpr DatasetReader readers[] = {
    {"scenes", [](const DataChoice& data) { return data.scenes(); }, open_scenes, ImageKind::pictures},
    {"SCAN's feature files", [](const DataChoice& data) { return data.path && mgan::data::is_scan_folder(*data.path); },
     open_scan_folder, ImageKind::regions},
    {"Karpathy's JSON", [](const DataChoice&) { return true; }, open_karpathy, ImageKind::pictures}};

const DatasetReader& reader_of(const DataConfig& c) {
  for (const DatasetReader& reader : readers)
    if (reader.recognises(c.data)) return reader;
  mgan::fail(c.data.text(), ": no data set that mgan reads");
}

}  // namespace

std::span<const DatasetReader> dataset_readers() { return readers; }

bool has_region_features(const DataConfig& c) { return reader_of(c).images == ImageKind::regions; }

Dataset open_dataset(const DataConfig& c, Split split) {
  mgan::require(c.grid >= 1 && c.grid <= 100, "--grid is ", c.grid, ", expected 1..100");
  mgan::require(!c.testall || has_region_features(c), "--split testall: ", c.data.text(),
                " is no folder of features in SCAN's layout");
  return reader_of(c).open(c, split);
}

mgan::text::Vocabulary training_vocabulary(const Dataset& train, const DataConfig& config) {
  mgan::require(train.split == Split::train, "the vocabulary is that of the training split alone");
  std::vector<std::string> captions;
  for (const auto& example : train.examples)
    captions.insert(captions.end(), example.captions.begin(), example.captions.end());
  return mgan::text::make_vocabulary(captions, config.min_count);
}

}  // namespace program
