#include "image_source.hpp"

#include <memory>

#include "data/open_dataset.hpp"
#include "mgan/data/image_folder.hpp"

namespace program::search {

namespace {

namespace fs = std::filesystem;

/// Size and time of change where there is a file.
std::string identity(const std::string& name, const FileStamp& file) {
  std::string text = name;
  if (file.bytes >= 0)
    text.append("|").append(std::to_string(file.bytes)).append("|").append(std::to_string(file.changed));
  return text;
}

ImageSource folder_source(const SourceOptions& options) {
  const auto folder =
      std::make_shared<mgan::data::ImageFolder>(mgan::data::open_image_folder(options.images, options.broken));
  ImageSource source;
  source.description = "the photographs in " + fs::absolute(options.images).lexically_normal().string();
  source.warnings = folder->warnings;
  for (std::size_t i = 0; i < folder->size(); ++i) {
    mgan::data::Example example;
    example.name = folder->names[i];
    source.examples.push_back(std::move(example));
    source.paths.push_back(fs::absolute(folder->file(i)).lexically_normal().string());
    source.files.push_back(stamp_of(folder->file(i)));
    source.identities.push_back(identity(folder->names[i], source.files.back()));
  }
  source.picture = [folder](std::size_t i) { return folder->picture(i); };
  return source;
}

}  // namespace

ImageSource open_source(const SourceOptions& options, const Config& config) {
  const EncodersConfig& encoders = config.encoders;
  mgan::require(config.model.regions != Regions::features, "this model takes a detector's regions, of ",
                config.data.data.text(), ", and no photograph has them: there is nothing to index");
  DataConfig data = config.data;
  if (encoders.used() && encoders.raw_data) data.data = *encoders.raw_data;  // not the cache
  if (options.boxes) data.boxes = *options.boxes;
  if (!options.images.empty() && !options.data) {
    mgan::require(!options.boxes || *options.boxes == BoxKind::grid, "--boxes '", data.boxes.text(),
                  "': a folder of photographs has a grid of boxes; use --data for boxes from a file");
    ImageSource source = folder_source(options);
    source.data = data;
    source.data.data = DataChoice{options.images};
    source.data.boxes = {BoxKind::grid};
    return source;
  }
  if (options.data) {
    data.data = *options.data;
    data.images = options.images;
  }
  DataConfig read = data;  // which boxes are read, and (data.boxes) which regions are made of them
  if (encoders.raw_boxes && (data.boxes == BoxKind::both || data.boxes == BoxKind::annotated)) {
    read.boxes = *encoders.raw_boxes;
  } else if (encoders.used() && data.boxes != BoxKind::grid) {
    data.boxes = {config.data.boxes == BoxKind::both ? BoxKind::both : BoxKind::annotated};
  }
  mgan::data::Dataset dataset = open_dataset(read, options.split);
  mgan::require(bool{dataset.picture}, dataset.name, ": has region features and no pictures to index");
  ImageSource source;
  source.description = dataset.name + ", split " + word_of(options.split);
  source.warnings = dataset.warnings;
  source.data = data;
  source.boxes_file = dataset.boxes_file;
  for (std::size_t i = 0; i < dataset.examples.size(); ++i) {
    source.paths.emplace_back();
    source.files.push_back(dataset.file ? stamp_of(dataset.file(i)) : FileStamp{});
    source.identities.push_back(identity(dataset.examples[i].name, source.files.back()));
    if (data.data.scenes()) source.identities.back().append("|").append(std::to_string(data.scenes_seed));
  }
  source.picture = dataset.picture;
  source.examples = std::move(dataset.examples);
  return source;
}

}  // namespace program::search
