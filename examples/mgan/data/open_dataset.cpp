#include "open_dataset.hpp"

#include <filesystem>
#include <vector>

#include "mgan/data/karpathy.hpp"
#include "mgan/data/region_pictures.hpp"
#include "mgan/data/scan_layout.hpp"
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
  mgan::require(c.boxes == BoxKind::annotated, "--boxes ", c.boxes.text(), ": ", path,
                " has the boxes of its features");
  const bool boxes = c.positions == Positions::boxes;
  return mgan::data::scan_folder({mgan::data::scan_layout(path).features, c.testall, boxes}, split);
}

Dataset open_scan_pictures(const DataConfig& c, Split split) {
  const std::string& path = *c.data.path;
  const fs::path ids = ids_file(c);
  const fs::path images = c.images.empty() ? mgan::data::scan_layout(path).images : fs::path(c.images);
  mgan::require(!images.empty(), path, ": its photographs are in no folder images or flickr30k-images beside it; ",
                "--images FOLDER says where they are");
  mgan::require(!ids.empty(), path, ": which photograph an id is, no id_mapping.json or dataset*.json beside it says; ",
                "--ids FILE, either of the two");
  Dataset dataset = open_scan_folder(c, split);
  mgan::data::add_pictures(dataset, images, mgan::data::read_image_ids(ids), {c.missing, c.broken_pictures});
  return dataset;
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
    {"scenes", [](const DataChoice& data) { return data.scenes(); }, open_scenes, ImageKind::pictures, open_scenes},
    {"SCAN's feature files", [](const DataChoice& data) { return data.path && mgan::data::is_scan_layout(*data.path); },
     open_scan_folder, ImageKind::regions, open_scan_pictures},
    {"Karpathy's JSON", [](const DataChoice&) { return true; }, open_karpathy, ImageKind::pictures, open_karpathy}};

const DatasetReader& reader_of(const DataConfig& c) {
  for (const DatasetReader& reader : readers)
    if (reader.recognises(c.data)) return reader;
  mgan::fail(c.data.text(), ": no data set that mgan reads");
}

}  // namespace

std::span<const DatasetReader> dataset_readers() { return readers; }

bool has_region_features(const DataConfig& c) { return reader_of(c).images == ImageKind::regions; }

namespace {

const DatasetReader& checked_reader(const DataConfig& c) {
  mgan::require(c.grid >= 1 && c.grid <= 100, "--grid is ", c.grid, ", expected 1..100");
  mgan::require(!c.testall || has_region_features(c), "--split testall: ", c.data.text(),
                " is no folder of features in SCAN's layout");
  return reader_of(c);
}

}  // namespace

Dataset open_dataset(const DataConfig& c, Split split) { return checked_reader(c).open(c, split); }
Dataset open_pictures(const DataConfig& c, Split split) { return checked_reader(c).open_pictures(c, split); }

fs::path ids_file(const DataConfig& c) {
  if (!c.ids.empty() || !has_region_features(c)) return c.ids;
  return mgan::data::scan_layout(*c.data.path).ids;
}

mgan::text::Vocabulary training_vocabulary(const Dataset& train, const DataConfig& config) {
  mgan::require(train.split == Split::train, "the vocabulary is that of the training split alone");
  std::vector<std::string> captions;
  for (const auto& example : train.examples)
    captions.insert(captions.end(), example.captions.begin(), example.captions.end());
  return mgan::text::make_vocabulary(captions, config.min_count);
}

}  // namespace program
