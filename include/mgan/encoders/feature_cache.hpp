// A folder of encoded images and captions, made once and trained on many times.
//
//     CACHE/manifest.json                  what was encoded, by which encoders, and the SHA-256 of every shard
//     CACHE/train-00000.safetensors ...    shards of `shard_images` images in the order of the data set
//
// The manifest is written after every shard, both in one step: whoever is killed loses the shard in the making.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"
#include "mgan/encoders/encode_shard.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/io/checked_files.hpp"
#include "mgan/io/json.hpp"
#include "mgan/io/sha256.hpp"

namespace mgan::encoders {

/// What a cache was made of. Equal plans give equal numbers.
struct CachePlan {
  EncoderFolders folders;
  std::string vision_sha256, text_sha256;
  std::int64_t image_size = 0, patch_size = 0, vision_width = 0, text_width = 0;
  RegionChoice regions;        // none where the regions are a detector's, in files of their own
  std::string data, boxes;     // where it came from
  std::string images = {};     // folder of the photographs; empty where there is none, and in old manifests
  std::string ids = {};        // file that says which picture an id is; empty where the names are those of pictures
  std::string dtype = "fp32";  // or "fp16", "bf16"
  std::int64_t shard_images = 256;
};

/// Of the features that a plan's dtype names.
inline at::ScalarType feature_type(const std::string& dtype) {
  require(dtype == "fp32" || dtype == "fp16" || dtype == "bf16", "dtype is ", printable(dtype),
          ", expected fp32, fp16 or bf16");
  return dtype == "fp32" ? at::kFloat : dtype == "fp16" ? at::kHalf : at::kBFloat16;
}

struct CacheShard {
  std::string file, sha256;
  std::int64_t images = 0, captions = 0;
  std::string pictures = {};  // SHA-256 of the picture files, by name; empty where they have none, and in old manifests
};

struct CacheSplit {
  std::string name, content;  // SHA-256 of its image names and captions
  std::int64_t images = 0, captions = 0, truncated = 0;
  std::vector<CacheShard> shards;  // the first of them, while the cache is being made

  bool complete() const {
    std::int64_t sum = 0;
    for (const CacheShard& shard : shards) sum += shard.images;
    return sum == images;
  }
};

inline void to_json(io::Json& j, const CachePlan& p) {
  j = {{"vision",
        {{"folder", p.folders.vision.string()},
         {"sha256", p.vision_sha256},
         {"image_size", p.image_size},
         {"patch_size", p.patch_size},
         {"width", p.vision_width}}},
       {"text",
        {{"folder", p.folders.text.string()},
         {"sha256", p.text_sha256},
         {"width", p.text_width},
         {"max_words", p.folders.max_words}}},
       {"preprocessing", p.folders.fit == PictureFit::crop ? "crop" : "squash"},
       {"regions", p.regions.grid == 0   ? "none"
                   : p.regions.annotated ? "grid and annotated boxes"
                                         : "grid"},
       {"grid", p.regions.grid},
       {"data", p.data},
       {"boxes", p.boxes},
       {"dtype", p.dtype},
       {"shard_images", p.shard_images}};
  if (!p.images.empty()) j["images"] = p.images;
  if (p.folders.bf16) j["precision"] = "bf16";  // of products; old manifests have none, which is fp32
  if (!p.ids.empty()) j["ids"] = p.ids;
}
inline void from_json(const io::Json& j, CachePlan& p) {
  const io::Json &v = j.at("vision"), &t = j.at("text");
  const auto one_of = [&j](const char* key, const char* first, const char* second) {  // whether it is the second
    const io::Json& word = j.at(key);
    require(word == first || word == second, key, " is ", io::brief(word), ", expected ", first, " or ", second);
    return word == second;
  };
  p.folders = {v.at("folder").get<std::string>(), t.at("folder").get<std::string>(),
               one_of("preprocessing", "squash", "crop") ? PictureFit::crop : PictureFit::squash, t.at("max_words")};
  p.vision_sha256 = v.at("sha256"), p.text_sha256 = t.at("sha256");
  p.image_size = v.at("image_size"), p.patch_size = v.at("patch_size"), p.vision_width = v.at("width");
  p.text_width = t.at("width");
  p.regions = j.at("regions") == "none"
                  ? RegionChoice::none()
                  : RegionChoice{j.at("grid"), one_of("regions", "grid", "grid and annotated boxes")};
  p.dtype = j.at("dtype");
  feature_type(p.dtype);  // refused here where it is none
  p.data = j.at("data"), p.boxes = j.at("boxes"), p.shard_images = j.at("shard_images");
  p.folders.bf16 = j.contains("precision") && one_of("precision", "fp32", "bf16");
  p.images = j.value("images", ""), p.ids = j.value("ids", "");
}
inline void to_json(io::Json& j, const CacheShard& s) {
  j = {{"file", s.file}, {"sha256", s.sha256}, {"images", s.images}, {"captions", s.captions}};
  if (!s.pictures.empty()) j["pictures"] = s.pictures;
}
inline void from_json(const io::Json& j, CacheShard& s) {
  s = {j.at("file"), j.at("sha256"), j.at("images"), j.at("captions"), j.value("pictures", "")};
  require(!s.file.empty() && std::filesystem::path(s.file).filename() == s.file && s.file != "." && s.file != "..",
          "the shard '", s.file, "' is not the name of a file in this folder");
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CacheSplit, name, content, images, captions, truncated, shards)

/// The manifest of a cache folder.
struct FeatureCache {
  static constexpr std::int64_t version = 1;

  std::filesystem::path folder;
  CachePlan plan;
  std::vector<CacheSplit> splits;
  bool finished = false;  // nothing that was asked for is missing

  static std::filesystem::path manifest_of(const std::filesystem::path& folder) { return folder / "manifest.json"; }
  /// Whether a path is a cache, whole or not.
  static bool is_cache(const std::filesystem::path& folder) { return std::filesystem::exists(manifest_of(folder)); }

  static FeatureCache open(const std::filesystem::path& folder) {
    const std::string where = manifest_of(folder).string();
    const io::Json json = io::read_json(manifest_of(folder));
    require(json.is_object() && json.contains("mgan_feature_cache"), where, ": not the manifest of a feature cache");
    require(json["mgan_feature_cache"] == version, where, ": version ", io::brief(json["mgan_feature_cache"]),
            ", expected ", version, "; run `mgan extract` again into another folder");
    try {
      return {folder, json.at("plan").get<CachePlan>(), json.at("splits").get<std::vector<CacheSplit>>(),
              json.at("finished").get<bool>()};
    } catch (const io::Json::exception& error) {
      fail(where, ": ", error.what());
    } catch (const Error& error) {
      fail(where, ": ", error.what());
    }
  }

  void save() const {
    const io::Json json = {{"mgan_feature_cache", version}, {"plan", plan}, {"splits", splits}, {"finished", finished}};
    io::write_file_atomically(manifest_of(folder), json.dump(1) + "\n");
  }

  bool has_split(const std::string& name) const {
    return std::any_of(splits.begin(), splits.end(), [&](const CacheSplit& s) { return s.name == name; });
  }
  const CacheSplit& split(const std::string& name) const {
    std::string names;
    for (const CacheSplit& s : splits) {
      names += (names.empty() ? "" : ", ") + s.name;
      if (s.name != name) continue;
      require(s.complete(), folder.string(), ": the cache of split ", name, " is not finished; run the same `mgan ",
              "extract` again, it goes on where it stopped");
      return s;
    }
    fail(folder.string(), ": the cache has no split ", name, "; there are: ", names);
  }

  /// All shards of a split, mapped. Each is compared with its SHA-256 when it is opened for the first time, and again
  /// when its size or time of change are others (io/checked_files.hpp).
  std::vector<FeatureShard> shards(const std::string& name) const {
    std::vector<FeatureShard> all;
    const at::ScalarType type = feature_type(plan.dtype);
    io::CheckedFiles checked(folder);
    for (const CacheShard& s : split(name).shards) {
      const std::string damaged = damage(s, checked);
      require(damaged.empty(), damaged, "; the `mgan extract` that made this cache repairs it");
      const FeatureShard& shard = all.emplace_back(load_shard(folder / s.file));
      const std::string where = (folder / s.file).string();
      require(static_cast<std::int64_t>(shard.examples.size()) == s.images, where, ": ", shard.examples.size(),
              " images, the manifest has ", s.images);
      require(shard.tokens.scalar_type() == type && shard.tokens.size(2) == plan.vision_width &&
                  shard.last.size(1) == plan.text_width && shard.tokens.size(1) == all[0].tokens.size(1),
              where, ": its features are not those of the manifest");
    }
    checked.save();
    return all;
  }

  /// What is wrong with a shard's file; empty when nothing is. A file that looks as it did when it was checked is not
  /// read, unless `anew`.
  std::string damage(const CacheShard& shard, io::CheckedFiles& checked, bool anew = false) const {
    const auto path = folder / shard.file;
    const std::string stamp = io::file_stamp(path);
    if (stamp.empty()) return path.string() + ": missing";
    if (anew) checked.forget(shard.file);
    const bool whole = checked.match(shard.file, stamp, shard.sha256, [&] { return io::sha256_of_file(path); });
    return whole ? "" : path.string() + ": damaged: its SHA-256 is not the manifest's";
  }

  /// What the pictures of a shard are called in io::CheckedFiles.
  static std::string pictures_of(const CacheShard& shard) { return "pictures of " + shard.file; }
  /// Whether pictures below a folder are those that a shard was made of. True where nothing is known of them: in old
  /// manifests, and where one of the files is not there any more.
  static bool same_pictures(const CacheShard& shard, const std::filesystem::path& pictures,
                            const std::vector<std::string>& names, io::CheckedFiles& checked);
};

/// Names, sizes and times of change of files below a folder, as one hash; empty where one of them is missing.
inline std::string pictures_stamp(const std::filesystem::path& folder, const std::vector<std::string>& names) {
  io::Sha256 all;
  for (const std::string& name : names) {
    const std::string stamp = io::file_stamp(folder / name);
    if (stamp.empty()) return {};
    all.add(name).add("\n").add(stamp).add("\n");
  }
  return all.hex();
}
/// Names and contents.
inline std::string pictures_sha256(const std::filesystem::path& folder, const std::vector<std::string>& names) {
  io::Sha256 all;
  for (const std::string& name : names) all.add(name).add("\n").add(io::sha256_of_file(folder / name)).add("\n");
  return all.hex();
}

inline bool FeatureCache::same_pictures(const CacheShard& shard, const std::filesystem::path& pictures,
                                        const std::vector<std::string>& names, io::CheckedFiles& checked) {
  if (shard.pictures.empty() || pictures.empty()) return true;
  const std::string stamp = pictures_stamp(pictures, names);
  return stamp.empty() ||
         checked.match(pictures_of(shard), stamp, shard.pictures, [&] { return pictures_sha256(pictures, names); });
}

}  // namespace mgan::encoders
