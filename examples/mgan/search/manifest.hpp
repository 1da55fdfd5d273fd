// index.json: what an index was made of, and which files it consists of.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mgan/io/json.hpp"

namespace program::search {

inline constexpr const char* manifest_name = "index.json";
inline constexpr int format_version = 1;

struct IndexedImage {
  std::string name;
  std::string path;  // of the file, empty for painted scenes
  int width = 0, height = 0;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE(IndexedImage, name, path, width, height)
};

struct ShardEntry {
  std::string file;
  std::int64_t images = 0;
  std::uint64_t bytes = 0;
  std::string checksum;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE(ShardEntry, file, images, bytes, checksum)
};

/// The model whose image states the index holds. Other weights make other states, so search wants the same file.
struct CheckpointEntry {
  std::string path;  // absolute
  std::uint64_t bytes = 0;
  std::string checksum;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE(CheckpointEntry, path, bytes, checksum)
  bool same_file_contents(const CheckpointEntry& other) const {
    return bytes == other.bytes && checksum == other.checksum;
  }
};

struct Manifest {
  int mgan_index = format_version;
  CheckpointEntry checkpoint;
  std::string source;  // of the images, for people
  std::string key;     // of everything that decides the contents
  std::vector<IndexedImage> images;
  std::vector<ShardEntry> shards;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE(Manifest, mgan_index, checkpoint, source, key, images, shards)
};

/// Bytes and checksum of a checkpoint as it is now.
CheckpointEntry checkpoint_entry(const std::filesystem::path& checkpoint);

/// The manifest of an index. Throws for a folder that holds none, an unfinished one, or one of another version.
Manifest read_manifest(const std::filesystem::path& index);
void write_manifest(const std::filesystem::path& index, const Manifest& manifest);

/// shard-00003.safetensors
std::string shard_name(std::size_t number);

}  // namespace program::search
