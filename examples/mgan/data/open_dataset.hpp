// Data sets by what --data names: one row for every kind.
#pragma once

#include <filesystem>
#include <span>

#include "app/config.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/text/vocabulary.hpp"

namespace program {

/// What the images of a data set are.
enum class ImageKind { pictures, regions };

/// A kind of data set. To read another one: its header in mgan/data, a row here, a test.
struct DatasetReader {
  const char* name;
  bool (*recognises)(const DataChoice& data);  // the first row that does reads it
  mgan::data::Dataset (*open)(const DataConfig& config, mgan::data::Split split);
  ImageKind images;
  mgan::data::Dataset (*open_pictures)(const DataConfig& config,
                                       mgan::data::Split split);  // what `open` does, at least
};
std::span<const DatasetReader> dataset_readers();

/// Whether --data names a data set of region features.
bool has_region_features(const DataConfig& config);
/// A split as the configuration names it; `test` is opened only when it is asked for by name.
mgan::data::Dataset open_dataset(const DataConfig& config, mgan::data::Split split);
/// The same with its pictures, which region features have in a folder beside them.
mgan::data::Dataset open_pictures(const DataConfig& config, mgan::data::Split split);
/// The file that says which picture an id of region features is; empty for other data sets.
std::filesystem::path ids_file(const DataConfig& config);
/// The vocabulary of the training captions.
mgan::text::Vocabulary training_vocabulary(const mgan::data::Dataset& train, const DataConfig& config);

}  // namespace program
