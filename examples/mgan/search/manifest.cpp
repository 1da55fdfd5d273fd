#include "manifest.hpp"

#include <cstdio>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/io/checksum.hpp"
#include "mgan/io/mapped_file.hpp"

namespace program::search {

namespace fs = std::filesystem;
using mgan::io::Json;

CheckpointEntry checkpoint_entry(const fs::path& checkpoint) {
  const mgan::io::MappedFile file(checkpoint);
  return {fs::absolute(checkpoint).lexically_normal().string(), file.bytes().size(),
          mgan::io::checksum_text(mgan::io::checksum(file.bytes()))};
}

FileStamp stamp_of(const fs::path& file) {
  std::error_code code;
  FileStamp stamp{fs::absolute(file, code).lexically_normal().string()};
  const auto bytes = fs::file_size(file, code);
  if (code) return stamp;
  stamp.changed = fs::last_write_time(file, code).time_since_epoch().count();
  if (!code) stamp.bytes = static_cast<std::int64_t>(bytes);
  return stamp;
}

namespace {

Json json_of(const FileStamp& file) { return {{"path", file.path}, {"bytes", file.bytes}, {"changed", file.changed}}; }
FileStamp stamp_from(const Json& json) {
  if (!json.is_object()) return {};
  return {json.at("path").get<std::string>(), json.at("bytes").get<std::int64_t>(),
          json.at("changed").get<std::int64_t>()};
}

}  // namespace

void to_json(Json& json, const IndexedImage& image) {
  json = {{"name", image.name}, {"path", image.path}, {"width", image.width}, {"height", image.height}};
  if (image.file.bytes >= 0) json["file"] = json_of(image.file);
}
void from_json(const Json& json, IndexedImage& image) {
  json.at("name").get_to(image.name);
  json.at("path").get_to(image.path);
  json.at("width").get_to(image.width);
  json.at("height").get_to(image.height);
  image.file = stamp_from(json.value("file", Json()));
}

void to_json(Json& json, const Manifest& m) {
  json = {{"mgan_index", m.mgan_index}, {"checkpoint", m.checkpoint}, {"source", m.source}, {"key", m.key},
          {"images", m.images},         {"shards", m.shards}};
  if (m.boxes.bytes >= 0) json["boxes"] = json_of(m.boxes);
}
void from_json(const Json& json, Manifest& m) {
  json.at("mgan_index").get_to(m.mgan_index);
  json.at("checkpoint").get_to(m.checkpoint);
  json.at("source").get_to(m.source);
  json.at("key").get_to(m.key);
  json.at("images").get_to(m.images);
  json.at("shards").get_to(m.shards);
  m.boxes = stamp_from(json.value("boxes", Json()));
}

std::vector<std::string> changed_files(const Manifest& manifest) {
  const auto differs = [](const FileStamp& then, const FileStamp& now) {
    return then.bytes >= 0 && (now.bytes != then.bytes || now.changed != then.changed);
  };
  std::size_t changed = 0, gone = 0;
  std::string first;
  for (const IndexedImage& image : manifest.images) {
    if (image.file.bytes < 0) continue;
    const FileStamp now = stamp_of(image.file.path);
    if (!differs(image.file, now)) continue;
    if (changed + gone == 0) first = image.name;
    ++(now.bytes < 0 ? gone : changed);
  }
  std::vector<std::string> warnings;
  const std::string advice = "; `mgan index --replace` makes the index anew";
  if (changed + gone > 0) {
    warnings.push_back(std::to_string(changed) + " pictures have changed since they were indexed and " +
                       std::to_string(gone) + " are gone, of " + std::to_string(manifest.images.size()) + ", first '" +
                       mgan::printable(first) + "'" + advice);
  }
  if (manifest.boxes.bytes >= 0 && differs(manifest.boxes, stamp_of(manifest.boxes.path)))
    warnings.push_back("the boxes in " + mgan::printable(manifest.boxes.path, 200) + " have changed since" + advice);
  return warnings;
}

std::string shard_name(std::size_t number) {
  char name[48];
  std::snprintf(name, sizeof name, "shard-%05zu.safetensors", number);
  return name;
}

Manifest read_manifest(const fs::path& index) {
  const fs::path path = index / manifest_name;
  mgan::require(fs::exists(index), index.string(), ": no such index; `mgan index` makes one");
  mgan::require(fs::is_directory(index), index.string(), ": not an index, which is a folder");
  if (!fs::exists(path)) {
    mgan::require(!fs::exists(index / shard_name(0)), index.string(),
                  ": an unfinished index; the same `mgan index` command finishes it");
    mgan::fail(index.string(), ": not an index: it holds no ", manifest_name);
  }
  const Json json = mgan::io::read_json(path);
  mgan::require(json.is_object() && json.contains("mgan_index"), path.string(), ": not the manifest of an index");
  mgan::require(json["mgan_index"] == format_version, path.string(), ": an index of version ",
                mgan::io::brief(json["mgan_index"]), ", expected ", format_version, "; `mgan index` makes it anew");
  Manifest manifest;
  try {
    manifest = json.get<Manifest>();
  } catch (const Json::exception& error) {
    mgan::fail(path.string(), ": damaged: ", error.what());
  }
  std::size_t images = 0;
  for (std::size_t s = 0; s < manifest.shards.size(); ++s) {
    const ShardEntry& shard = manifest.shards[s];
    mgan::require(shard.file == shard_name(s) && shard.images > 0, path.string(), ": damaged: shards[", s, "] is '",
                  mgan::printable(shard.file), "' of ", shard.images, " images");
    mgan::require(static_cast<std::size_t>(shard.images) <= manifest.images.size() - images, path.string(),
                  ": damaged: more images in its shards than the ", manifest.images.size(), " that it lists");
    images += static_cast<std::size_t>(shard.images);
  }
  for (const IndexedImage& image : manifest.images) {
    const bool ok = image.width > 0 && image.height > 0 && image.width <= 1'000'000'000 / image.height;
    if (!ok)
      mgan::fail(path.string(), ": damaged: '", mgan::printable(image.name), "' is ", image.width, " x ", image.height);
  }
  mgan::require(images == manifest.images.size() && images > 0, path.string(), ": damaged: ", manifest.images.size(),
                " images, but ", images, " in its shards");
  return manifest;
}

void write_manifest(const fs::path& index, const Manifest& manifest) {
  std::string text;
  try {
    text = Json(manifest).dump(1);
  } catch (const Json::exception& error) {
    mgan::fail((index / manifest_name).string(), ": the name of an image is not UTF-8: ", error.what());
  }
  mgan::io::write_file_atomically(index / manifest_name, text + "\n");
}

}  // namespace program::search
