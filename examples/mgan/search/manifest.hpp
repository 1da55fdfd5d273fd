// index.json: what an index was made of, and which files it consists of.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mgan/io/json.hpp"

namespace program::search {

inline constexpr const char* manifest_name = "index.json";
inline constexpr int format_version = 1;

/// A file as it was when it was read; no bytes: unknown, as in an index of an earlier version.
struct FileStamp {
  std::string path;
  std::int64_t bytes = -1, changed = 0;  // the time of its last change, in the system's ticks
};
/// The file as it is now; no bytes where there is none.
FileStamp stamp_of(const std::filesystem::path& file);

struct IndexedImage {
  std::string name;
  std::string path;  // of the file in a folder of photographs, for people; empty otherwise
  int width = 0, height = 0;
  FileStamp file = {};
};
void to_json(mgan::io::Json& json, const IndexedImage& image);
void from_json(const mgan::io::Json& json, IndexedImage& image);

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
  FileStamp boxes = {};  // the file that boxes were read from; no path: none
};
void to_json(mgan::io::Json& json, const Manifest& manifest);
void from_json(const mgan::io::Json& json, Manifest& manifest);

/// Bytes and checksum of a checkpoint as it is now.
CheckpointEntry checkpoint_entry(const std::filesystem::path& checkpoint);

/// The manifest of an index. Throws for a folder that holds none, an unfinished one, or one of another version.
Manifest read_manifest(const std::filesystem::path& index);
void write_manifest(const std::filesystem::path& index, const Manifest& manifest);

/// Warnings of pictures and of a boxes file that are not what they were when the index was made.
std::vector<std::string> changed_files(const Manifest& manifest);

/// shard-00003.safetensors
std::string shard_name(std::size_t number);

}  // namespace program::search
