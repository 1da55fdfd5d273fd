// An index as search reads it: mapped files, checked once.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "manifest.hpp"
#include "mgan/io/safetensors.hpp"
#include "stored_states.hpp"

namespace program::search {

/// Where an image lies: its shard, and its place in it.
struct Place {
  std::size_t shard;
  std::int64_t row;
};

class Index {
 public:
  /// Maps all shards. Every byte is read once to hold its checksum against the manifest's, unless `check` is false.
  /// Types, shapes and indices are held against `example` (see restored_states) in any case: checksums travel with the
  /// files and say nothing of who made them.
  Index(const std::filesystem::path& folder, const Manifest& manifest, const Model& model,
        const std::function<ExampleState(std::int64_t regions)>& example, bool check = true);

  std::size_t size() const { return manifest_.images.size(); }
  const Manifest& manifest() const { return manifest_; }
  const std::vector<ShardStates>& shards() const { return shards_; }
  Place place(std::size_t image) const;
  /// The bytes of a JPEG or PNG file.
  std::string_view thumbnail(std::size_t image) const;

 private:
  Manifest manifest_;
  std::vector<std::shared_ptr<const mgan::io::SafetensorsFile>> files_;
  std::vector<ShardStates> shards_;
  std::vector<std::int64_t> first_;  // image of every shard
};

/// The model that made an index: from where it was, or from `moved_to` where that is not empty. Refuses another file,
/// and one that has changed since.
CheckpointEntry same_checkpoint(const std::filesystem::path& index, const Manifest& manifest,
                                const std::filesystem::path& moved_to);

}  // namespace program::search
