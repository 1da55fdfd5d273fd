// Where the images of an index come from: a folder of photographs, a split of a data set, painted scenes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "manifest.hpp"
#include "mgan/data/dataset.hpp"

namespace program::search {

struct ImageSource {
  std::string description;                    // for people
  DataConfig data;                            // how the boxes are meant
  std::vector<mgan::data::Example> examples;  // without boxes: they get a grid once their size is known
  std::vector<std::string> paths;             // of the files, empty for scenes
  std::vector<FileStamp> files;               // as they are now; without bytes for scenes
  std::vector<std::string> identities;        // name, size, time of change: what tells that an image is still the same
  std::filesystem::path boxes_file;           // that boxes were read from; empty without one
  std::function<mgan::data::Picture(std::size_t)> picture;
  std::vector<std::string> warnings = {};

  std::size_t size() const { return examples.size(); }
};

/// What the command line says; empty fields are those of the checkpoint.
struct SourceOptions {
  std::string images;
  std::optional<DataChoice> data;
  mgan::data::Split split = mgan::data::Split::val;
  std::optional<BoxChoice> boxes;
  mgan::data::BrokenPictures broken = mgan::data::BrokenPictures::skip;  // of a folder of photographs
};
ImageSource open_source(const SourceOptions& options, const Config& trained);

}  // namespace program::search
