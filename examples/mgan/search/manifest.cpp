#include "manifest.hpp"

#include <cstdio>

#include "mgan/core/error.hpp"
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
                  shard.file, "' of ", shard.images, " images");
    images += static_cast<std::size_t>(shard.images);
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
