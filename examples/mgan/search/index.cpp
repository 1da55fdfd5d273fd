#include "index.hpp"

#include <ATen/Parallel.h>

#include <algorithm>

#include "mgan/backend/torch/io/mapped_tensor.hpp"
#include "mgan/core/error.hpp"
#include "mgan/io/checksum.hpp"

namespace program::search {

namespace fs = std::filesystem;

namespace {

void check_file(const fs::path& path, const ShardEntry& entry, bool every_byte) {
  const mgan::io::MappedFile file(path);
  mgan::require(file.bytes().size() == entry.bytes, path.string(), ": damaged: ", file.bytes().size(),
                " bytes, the index was made with ", entry.bytes);
  if (!every_byte) return;
  const std::string found = mgan::io::checksum_text(mgan::io::checksum(file.bytes()));
  mgan::require(found == entry.checksum, path.string(), ": damaged: checksum ", found, ", the index was made with ",
                entry.checksum);
}

/// Thumbnails are bytes end to end: an end for each image, ascending, the last one that of the bytes.
void check_thumbnails(const mgan::io::SafetensorsFile& file, std::int64_t images) {
  const mgan::io::TensorView &bytes = file.at("thumbnails"), &ends = file.at("thumbnail_ends");
  mgan::require(bytes.dtype == mgan::io::DType::U8 && bytes.shape.size() == 1, bytes.where, ": is ",
                mgan::io::name_of(bytes.dtype), " ", bytes.shape, ", expected U8 (bytes)");
  mgan::require(ends.dtype == mgan::io::DType::I64 && ends.shape == mgan::Shape{images}, ends.where, ": is ",
                mgan::io::name_of(ends.dtype), " ", ends.shape, ", expected I64 ", mgan::Shape{images});
  std::int64_t before = 0;
  for (const std::int64_t end : mgan::io::read_integers(ends)) {
    mgan::require(before <= end && end <= bytes.shape[0], ends.where, ": ", end, " follows ", before, " in ",
                  bytes.shape[0], " bytes");
    before = end;
  }
}

}  // namespace

Index::Index(const fs::path& folder, const Manifest& manifest, const Model& model,
             const std::function<ExampleState(std::int64_t regions)>& example, bool check)
    : manifest_(manifest) {
  const auto& entries = manifest_.shards;
  at::parallel_for(0, static_cast<std::int64_t>(entries.size()), 1, [&](std::int64_t first, std::int64_t last) {
    for (auto s = static_cast<std::size_t>(first); s < static_cast<std::size_t>(last); ++s)
      check_file(folder / entries[s].file, entries[s], check);
  });
  std::int64_t images = 0;
  for (const ShardEntry& entry : entries) {
    const fs::path path = folder / entry.file;
    const auto file = std::make_shared<const mgan::io::SafetensorsFile>(path);
    mgan::require(file->metadata().count("mgan_index_shard") > 0, path.string(), ": not a part of an index");
    try {
      const auto read = [&](const std::string& name) {
        return file->contains(name) ? mgan::mapped_tensor(file, name) : at::Tensor();
      };
      shards_.push_back(restored_states(model, entry.images, read, example));
      check_thumbnails(*file, entry.images);
    } catch (const mgan::Error& error) {
      mgan::fail(path.string(), ": does not fit the checkpoint: ", error.what());
    }
    for (const char* name : {"boxes", "region_lengths", "thumbnails", "thumbnail_ends"})
      mgan::require(file->contains(name), path.string(), ": damaged: no tensor '", name, "'");
    mgan::require(file->at("thumbnail_ends").shape == mgan::Shape{entry.images}, path.string(),
                  ": damaged: thumbnails of other images");
    files_.push_back(file);
    first_.push_back(images);
    images += entry.images;
  }
}

Place Index::place(std::size_t image) const {
  const auto i = static_cast<std::int64_t>(image);
  const auto behind = std::upper_bound(first_.begin(), first_.end(), i);
  const auto shard = static_cast<std::size_t>(behind - first_.begin() - 1);
  return {shard, i - first_[shard]};
}

std::string_view Index::thumbnail(std::size_t image) const {
  const Place place = this->place(image);
  const mgan::io::SafetensorsFile& file = *files_[place.shard];
  const std::vector<std::int64_t> ends = mgan::io::read_integers(file.at("thumbnail_ends"));
  const auto bytes = file.at("thumbnails").bytes;
  const auto row = static_cast<std::size_t>(place.row);
  const auto begin = static_cast<std::size_t>(row == 0 ? 0 : ends[row - 1]), end = static_cast<std::size_t>(ends[row]);
  mgan::require(begin <= end && end <= bytes.size(), manifest_.images[image].name, ": damaged thumbnail");
  return {reinterpret_cast<const char*>(bytes.data()) + begin, end - begin};
}

CheckpointEntry same_checkpoint(const fs::path& index, const Manifest& manifest, const fs::path& moved_to) {
  const fs::path path = moved_to.empty() ? fs::path(manifest.checkpoint.path) : moved_to;
  mgan::require(
      fs::exists(path), index.string(), ": was made with ", manifest.checkpoint.path,
      moved_to.empty() ? ", which is gone; --checkpoint says where it is now" : "; there is no " + path.string());
  const CheckpointEntry now = checkpoint_entry(path);
  mgan::require(now.same_file_contents(manifest.checkpoint), index.string(), ": was made with another checkpoint than ",
                path.string(), " is now (", now.bytes, " bytes, checksum ", now.checksum,
                "; the index: ", manifest.checkpoint.bytes, ", ", manifest.checkpoint.checksum,
                "); `mgan index --replace` makes it anew");
  return now;
}

}  // namespace program::search
