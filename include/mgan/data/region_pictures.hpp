// The photographs that region features are of: a data set of SCAN's layout gets pictures beside its regions.
//
//     Dataset train = scan_folder({"f30k_precomp"}, Split::train);
//     add_pictures(train, "flickr30k-images", read_image_ids("id_mapping.json"));     // now it has both
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/broken_pictures.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/data/image_ids.hpp"
#include "mgan/data/join.hpp"
#include "mgan/image/decode.hpp"

namespace mgan::data {

/// What becomes of images without a picture, and of pictures that cannot be read.
struct RegionPictureOptions {
  MissingImages missing = MissingImages::fatal;
  BrokenPictures broken = BrokenPictures::fatal;
};

namespace detail {

/// Captions of an example that the JSON does not have; letters and digits compared.
inline std::vector<std::string> unknown_captions(const Example& example, const IdentifiedImage& image) {
  std::unordered_set<std::string> known;
  for (const std::string& caption : image.captions) known.insert(caption_key(caption));
  std::vector<std::string> others;
  for (const std::string& caption : example.captions)
    if (!known.contains(caption_key(caption))) others.push_back(caption);
  return others;
}

/// Karpathy's captions and split beside those of the feature files. An image most of whose captions are others is an
/// error, some other captions are a warning.
inline void compare_captions(Dataset& dataset, const ImageIds& ids) {
  std::size_t others = 0;
  std::string first;
  for (const Example& example : dataset.examples) {
    const IdentifiedImage& image = ids.images.at(example.name);
    if (image.split.empty()) continue;
    const bool trained_on = image.split == "train" || image.split == "restval";
    require(trained_on == (dataset.split == Split::train), ids.path, ": image ", example.name, " ('",
            printable(image.file), "') is of split ", image.split, ", but ", dataset.name, " has it in ",
            name_of(dataset.split));
    const std::vector<std::string> unknown = unknown_captions(example, image);
    if (unknown.empty()) continue;
    if (others++ == 0) first = "image " + example.name + ": '" + printable(unknown.front()) + "'";
    if (2 * unknown.size() <= example.captions.size()) continue;
    fail(dataset.name, " and ", ids.path, " disagree about image ", example.name, " ('", printable(image.file),
         "'): the captions are '", printable(unknown.front()), "' and '",
         image.captions.empty() ? "" : printable(image.captions.front()), "'");
  }
  if (others > 0)
    dataset.warnings.push_back(ids.path + ": " + std::to_string(others) +
                               " images have a caption that it lacks (first " + first + ")");
}

/// Karpathy's images of the split that have no features. In a test split a warning: the field also tests on parts.
inline void compare_images(Dataset& dataset, const ImageIds& ids, MissingImages missing) {
  std::unordered_set<std::string> here;
  for (const Example& example : dataset.examples) here.insert(example.name);
  const std::string split = name_of(dataset.split);
  std::size_t lacking = 0, restval = 0;
  std::string first;
  for (const auto& [id, image] : ids.images) {
    const bool also = dataset.split == Split::train && image.split == "restval";
    if ((image.split != split && !also) || here.contains(id)) continue;
    restval += also;
    if (lacking++ == 0 || std::pair(id.size(), id) < std::pair(first.size(), first)) first = id;
  }
  if (lacking == 0) return;
  const std::string what = std::to_string(lacking) + " images of split " + split + " of " + ids.path +
                           " have no features in " + dataset.name + " (first '" + first + "')";
  require(missing == MissingImages::skip || dataset.split == Split::test || restval == lacking, what,
          "; --missing skip goes on without them");
  dataset.warnings.push_back(what);
}

}  // namespace detail

/// Gives the images of a data set, which are named by their ids, the pictures of `folder`. Reads the header of each.
/// Errors name id and file: an id without a picture, a picture that is missing or broken, captions or a split other
/// than Karpathy's JSON has, pictures of the split without features. What options skip is left out, with a warning.
inline void add_pictures(Dataset& dataset, const std::filesystem::path& folder, const ImageIds& ids,
                         const RegionPictureOptions& options = {}) {
  std::vector<bool> keep;
  std::string first;
  for (Example& example : dataset.examples) {
    const auto found = ids.images.find(example.name);
    keep.push_back(found != ids.images.end());
    if (keep.back()) example.file = found->second.file;
    else if (first.empty()) first = example.name;
  }
  if (const auto lacking = std::count(keep.begin(), keep.end(), false); lacking > 0) {
    const std::string what = ids.path + ": no picture for " + std::to_string(lacking) + " of " +
                             std::to_string(keep.size()) + " images of split " + name_of(dataset.split) + " of " +
                             dataset.name + " (first the id '" + printable(first) + "')";
    require(options.missing == MissingImages::skip && static_cast<std::size_t>(lacking) < keep.size(), what,
            static_cast<std::size_t>(lacking) < keep.size() ? "; --missing skip leaves them out" : "");
    dataset.warnings.push_back(what + "; left out");
    keep_examples(dataset, keep);
  }
  detail::compare_captions(dataset, ids);
  detail::compare_images(dataset, ids, options.missing);
  if (options.broken == BrokenPictures::fatal) detail::require_files(folder, dataset.examples);

  std::vector<std::filesystem::path> paths;
  std::size_t other_sizes = 0;
  keep.clear();
  for (Example& example : dataset.examples) {
    paths.push_back(folder / example.file);
    const auto size = load_or_skip([&] { return image::picture_size(paths.back()); }, options.broken, dataset.warnings);
    keep.push_back(size.has_value());
    if (!size) continue;
    if (example.width == 0) example.width = size->width, example.height = size->height;
    const bool same = size->width == example.width && size->height == example.height;
    if (!same && other_sizes++ == 0) first = example.file;
  }
  if (other_sizes > 0)
    dataset.warnings.push_back(folder.string() + ": " + std::to_string(other_sizes) + " of " +
                               std::to_string(paths.size()) + " pictures have another size than that of their boxes " +
                               "(first '" + printable(first) + "'); are they the pictures of these ids?");
  const auto kept = std::make_shared<const std::vector<std::filesystem::path>>(std::move(paths));
  dataset.pictures = folder.string();
  dataset.picture = [kept](std::size_t i) { return image::load_picture(kept->at(i)); };
  dataset.file = [kept](std::size_t i) { return kept->at(i); };
  if (std::find(keep.begin(), keep.end(), false) != keep.end()) keep_examples(dataset, keep);
}

}  // namespace mgan::data
