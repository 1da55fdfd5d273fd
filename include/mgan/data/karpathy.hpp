// Image-caption data in the layout of Karpathy and Fei-Fei (2015): one JSON file and a folder of pictures.
//
//     {"images": [{"filename", "imgid", "split", "sentences": [{"raw", "sentid"}, ...], "filepath"?, "sentids"?}, ...]}
//
// Pictures lie at FOLDER/filename, or at FOLDER/filepath/filename where `filepath` is given (MS-COCO). Link jpeg and
// png.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/broken_pictures.hpp"
#include "mgan/data/caption_lines.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/data/image_boxes.hpp"
#include "mgan/image/decode.hpp"
#include "mgan/io/json.hpp"

namespace mgan::data {

struct KarpathyOptions {
  std::filesystem::path json;
  std::filesystem::path images;
  std::optional<std::filesystem::path> boxes;  // see image_boxes.hpp
  int grid_rows = 3;                           // boxes of images that have none: a grid and the whole image
  int grid_columns = 3;
  bool restval = true;  // train is train and restval together, as the field trains on COCO
  BrokenPictures broken = BrokenPictures::fatal;
};

namespace detail {

inline const io::Json& field(const io::Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  require(found != object.end(), where, ": '", key, "' is missing");
  return *found;
}
inline const std::string& string_field(const io::Json& object, const char* key, const std::string& where) {
  const io::Json& value = field(object, key, where);
  require(value.is_string() && !value.get_ref<const std::string&>().empty(), where, ": '", key,
          "' is not a string with contents");
  return value.get_ref<const std::string&>();
}
inline std::int64_t id_field(const io::Json& object, const char* key, const std::string& where) {
  const io::Json& value = field(object, key, where);
  if (!value.is_number_integer() || value < 0 || value > std::int64_t{1} << 53)
    fail(where, ": '", key, "' is ", io::brief(value), ", expected an integer of at least 0");
  return value.get<std::int64_t>();
}

/// Captions of one image and their ids; `sentids` holds the ids seen so far.
inline void read_captions(const io::Json& image, const std::string& where, std::set<std::int64_t>& sentids,
                          Example& example) {
  const io::Json& sentences = field(image, "sentences", where);
  require(sentences.is_array() && !sentences.empty(), where, ": no captions");
  for (const io::Json& sentence : sentences) {
    const std::string place = where + ": caption " + std::to_string(example.captions.size());
    require(sentence.is_object(), place, " is not an object");
    const std::string& raw = string_field(sentence, "raw", place);
    check_caption(raw, place);
    const std::int64_t sentid = id_field(sentence, "sentid", place);
    require(sentids.insert(sentid).second, place, ": sentid ", sentid, " occurs twice");
    example.captions.push_back(raw);
    example.caption_ids.push_back(sentid);
  }
}

/// A path below the image folder.
inline std::string below_folder(const std::filesystem::path& path, const std::string& where) {
  const bool outside = path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end();
  if (outside || path.native().find('\0') != std::string::npos)
    fail(where, ": '", printable(path.native()), "' leads out of the image folder");
  return path.string();
}

/// FOLDER-relative path of an image's picture.
inline std::string relative_path(const io::Json& image, const std::string& where) {
  const std::string& filename = string_field(image, "filename", where);
  if (!image.contains("filepath")) return below_folder(filename, where);
  return below_folder(std::filesystem::path(string_field(image, "filepath", where)) / filename, where);
}

inline void require_files(const std::filesystem::path& folder, const std::vector<Example>& examples) {
  std::size_t missing = 0;
  std::string list;
  for (const Example& example : examples) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(folder / picture_file(example), ignored)) continue;
    if (++missing <= 5) list += (missing > 1 ? ", " : "") + printable(picture_file(example));
  }
  require(missing == 0, folder.string(), ": ", missing, " of ", examples.size(), " images are missing: ", list,
          missing > 5 ? ", ..." : "");
}

}  // namespace detail

/// One split. Reads all captions and the header of every picture of the split, and is strict: malformed JSON, duplicate
/// file names or ids (in any split), an empty caption are errors that name the file and the image; missing pictures and
/// broken headers as well, unless broken pictures are skipped. Captions and pictures of other splits are not looked at.
inline Dataset karpathy(const KarpathyOptions& options, Split split) {
  const std::string json_path = options.json.string();
  const io::Json json = io::read_json(options.json);
  require(json.is_object() && json.contains("images") && json["images"].is_array(), json_path,
          ": expected an object with an array 'images'");
  require(!json.contains("annotations"), json_path,
          ": has 'annotations' beside 'images', as COCO's own caption files do; expected Karpathy's file (such as "
          "dataset_coco.json), in which every image has its split and its sentences");
  Dataset dataset;
  dataset.name = options.json.stem().string();
  dataset.split = split;
  dataset.pictures = options.images.string();
  std::set<std::string> names;
  std::set<std::int64_t> ids, sentids;
  std::size_t place = 0;
  for (const io::Json& image : json["images"]) {
    std::string where = json_path + ": images[" + std::to_string(place++) + "]";
    require(image.is_object(), where, " is not an object");
    Example example;
    example.name = detail::relative_path(image, where);
    where += " '" + printable(example.name) + "'";
    require(names.insert(example.name).second, where, ": this file name occurs twice");
    example.image_id = detail::id_field(image, "imgid", where);
    require(ids.insert(example.image_id).second, where, ": imgid ", example.image_id, " occurs twice");
    const std::string& its_split = detail::string_field(image, "split", where);
    if (its_split != "train" && its_split != "restval" && its_split != "val" && its_split != "test")
      fail(where, ": unknown split '", printable(its_split), "'");
    const bool also = split == Split::train && its_split == "restval" && options.restval;
    if (its_split != name_of(split) && !also) continue;
    detail::read_captions(image, where, sentids, example);
    dataset.examples.push_back(std::move(example));
  }
  require(!dataset.examples.empty(), json_path, ": no images of split ", name_of(split));
  if (options.broken == BrokenPictures::fatal) detail::require_files(options.images, dataset.examples);

  std::optional<ImageBoxes> given;
  if (options.boxes) given = read_image_boxes(*options.boxes);
  std::size_t without = 0;
  std::vector<bool> keep;
  for (Example& example : dataset.examples) {
    const auto header = load_or_skip([&] { return image::picture_size(options.images / example.name); }, options.broken,
                                     dataset.warnings);
    keep.push_back(header.has_value());
    if (!header) continue;
    const image::PictureSize size = *header;
    example.width = size.width;
    example.height = size.height;
    if (given) {
      require(size.width == given->width && size.height == given->height, (options.images / example.name).string(),
              ": is ", size.width, " x ", size.height, ", but ", given->path, " has boxes for ", given->width, " x ",
              given->height);
      const auto found = given->boxes.find(example.name);
      if (found != given->boxes.end()) example.boxes = found->second;
      without += example.boxes.empty();
    }
    if (example.boxes.empty()) {
      example.boxes = grid_boxes(size.width, size.height, options.grid_rows, options.grid_columns);
    }
  }
  if (given) {
    const auto warn = [&](std::size_t count, const std::string& what) {
      if (count > 0) dataset.warnings.push_back(given->path + ": " + std::to_string(count) + " " + what);
    };
    warn(given->clipped, "boxes reach over the edge of their image and were clipped");
    warn(given->dropped, "boxes have no area inside their image and were dropped");
    warn(without, std::string("images of split ") + name_of(split) + " have no boxes and got a grid");
  }

  std::vector<std::filesystem::path> paths;
  for (const Example& example : dataset.examples) paths.push_back(options.images / example.name);
  const auto kept = std::make_shared<const std::vector<std::filesystem::path>>(std::move(paths));
  dataset.picture = [kept](std::size_t i) { return image::load_picture(kept->at(i)); };
  dataset.file = [kept](std::size_t i) { return kept->at(i); };
  if (options.boxes) dataset.boxes_file = *options.boxes;
  if (options.broken == BrokenPictures::skip) keep_examples(dataset, keep);
  return dataset;
}

}  // namespace mgan::data
