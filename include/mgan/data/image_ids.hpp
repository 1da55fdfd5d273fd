// Which picture the id of an image is: vse_infty's id_mapping.json, or Karpathy's JSON.
//
//     {"57870": "train2014/COCO_train2014_000000057870.jpg", ...}      id as text -> file below the image folder
//     {"images": [{"cocoid": 57870, "filepath": "train2014", "filename": ..., "split", "sentences"}, ...]}
//
// In Karpathy's JSON an image goes by `cocoid`, where there is none by `imgid`: COCO's own id, and the place among all
// of Flickr30K, as the *_ids.txt of coco_precomp and f30k_precomp have them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"
#include "mgan/data/karpathy.hpp"
#include "mgan/io/json.hpp"

namespace mgan::data {

/// What is known of an image beside its id.
struct IdentifiedImage {
  std::string file;                        // below the image folder
  std::string split = {};                  // Karpathy's alone: train, restval, val or test
  std::vector<std::string> captions = {};  // Karpathy's alone
};

struct ImageIds {
  std::string path;  // of the file, for messages
  std::unordered_map<std::string, IdentifiedImage> images;
};

namespace detail {

inline void add_image(ImageIds& ids, std::unordered_map<std::string, std::string>& id_of, const std::string& where,
                      const std::string& id, IdentifiedImage image) {
  const auto [known, new_file] = id_of.emplace(image.file, id);
  if (!new_file) fail(where, ": '", printable(image.file), "' is also the picture of ", printable(known->second));
  require(ids.images.emplace(id, std::move(image)).second, where, ": the id ", id, " occurs twice");
}

}  // namespace detail

/// Errors name the file and the entry: another kind of JSON, an id or a picture that occurs twice, a path out of the
/// image folder.
inline ImageIds read_image_ids(const std::filesystem::path& path) {
  const std::string name = path.string();
  const io::Json json = io::read_json(path);
  require(json.is_object() && !json.empty(), name, ": expected an object, id as text -> picture, or Karpathy's JSON");
  ImageIds ids{name, {}};
  std::unordered_map<std::string, std::string> id_of;  // of a file
  if (!json.contains("images")) {
    for (const auto& [id, file] : json.items()) {
      const std::string where = name + ": '" + printable(id) + "'";
      if (!file.is_string() || file.empty() || file.get_ref<const std::string&>().empty())
        fail(where, " is ", io::brief(file), ", expected the picture's file below the image folder");
      detail::add_image(ids, id_of, where, id, {detail::below_folder(file.get_ref<const std::string&>(), where)});
    }
    return ids;
  }
  require(json["images"].is_array(), name, ": 'images' is not an array");
  std::size_t place = 0;
  for (const io::Json& image : json["images"]) {
    const std::string where = name + ": images[" + std::to_string(place++) + "]";
    require(image.is_object(), where, " is not an object");
    IdentifiedImage known{detail::relative_path(image, where), detail::string_field(image, "split", where), {}};
    for (const io::Json& sentence : detail::field(image, "sentences", where)) {
      require(sentence.is_object(), where, ": a caption is not an object");
      known.captions.push_back(detail::string_field(sentence, "raw", where));
    }
    const char* key = image.contains("cocoid") ? "cocoid" : "imgid";
    detail::add_image(ids, id_of, where, std::to_string(detail::id_field(image, key, where)), std::move(known));
  }
  return ids;
}

}  // namespace mgan::data
