// Makes an index: every image is decoded and encoded once.
#pragma once

#include <filesystem>

#include "image_source.hpp"
#include "manifest.hpp"
#include "model/load.hpp"

namespace program::search {

struct WriteOptions {
  std::filesystem::path output;
  std::int64_t images_a_shard = 1024;  // a multiple of 16
  mgan::data::BrokenPictures broken = mgan::data::BrokenPictures::skip;
  bool replace = false, quiet = false;
};

struct WrittenIndex {
  std::size_t images = 0, reused_shards = 0, shards = 0;
  double seconds = 0;
};

/// Shards that a run before this one finished are kept; the manifest comes last, so that an index is whole or refused.
WrittenIndex write_index(const LoadedModel& model, const CheckpointEntry& checkpoint, const ImageSource& source,
                         const WriteOptions& options);

}  // namespace program::search
