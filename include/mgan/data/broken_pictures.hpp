// Files that are no pictures: every large collection has some.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"

namespace mgan::data {

/// What becomes of a picture that is missing, truncated, corrupt or of another format: the error that names it, or a
/// warning that names it, and the picture is left out.
enum class BrokenPictures { fatal, skip };

/// load(), which reads a picture or its header; nothing where that fails and broken pictures are skipped. The reason,
/// which opens with the file's name, is then the last one of `warnings`.
template <class Load>
std::optional<std::invoke_result_t<Load&>> load_or_skip(Load&& load, BrokenPictures broken,
                                                        std::vector<std::string>& warnings) {
  try {
    return load();
  } catch (const Error& error) {
    if (broken == BrokenPictures::fatal) throw;
    warnings.push_back(std::string(error.what()) + "; left out");
    return std::nullopt;
  }
}

/// Leaves out the examples where keep[i] is false. Throws when none is left.
inline void keep_examples(Dataset& dataset, const std::vector<bool>& keep) {
  std::vector<Example> examples;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < dataset.examples.size(); ++i) {
    if (!keep.at(i)) continue;
    examples.push_back(std::move(dataset.examples[i]));
    places.push_back(i);
  }
  require(!examples.empty(), dataset.name, ": not one picture of split ", name_of(dataset.split), " can be read",
          dataset.warnings.empty() ? "" : "; " + dataset.warnings.back());
  dataset.examples = std::move(examples);
  if (dataset.picture) {
    dataset.picture = [picture = std::move(dataset.picture), places](std::size_t i) { return picture(places.at(i)); };
  }
  if (dataset.file) {
    dataset.file = [file = std::move(dataset.file), places](std::size_t i) { return file(places.at(i)); };
  }
  if (dataset.regions) {
    dataset.regions = [regions = std::move(dataset.regions), places](std::size_t i) { return regions(places.at(i)); };
  }
  if (dataset.regions_ahead) {
    dataset.regions_ahead = [ahead = std::move(dataset.regions_ahead), places](std::size_t i) { ahead(places.at(i)); };
  }
}

}  // namespace mgan::data
