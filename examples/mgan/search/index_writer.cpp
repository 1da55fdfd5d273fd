#include "index_writer.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>

#include <chrono>
#include <cstdio>
#include <numeric>
#include <optional>

#include "mgan/backend/torch/io/tensor_file.hpp"
#include "mgan/core/error.hpp"
#include "mgan/data/broken_pictures.hpp"
#include "mgan/io/checksum.hpp"
#include "mgan/io/sha256.hpp"
#include "stored_states.hpp"
#include "thumbnail.hpp"

namespace program::search {

namespace {

namespace fs = std::filesystem;
using mgan::data::Example;
using mgan::image::Picture;

std::string hashed(const std::string& text) {
  return mgan::io::checksum_text(mgan::io::checksum(std::as_bytes(std::span(text))));
}

/// Everything that decides what a shard holds, hashed.
std::string shard_key(const CheckpointEntry& checkpoint, const ImageSource& source, const WriteOptions& options,
                      std::size_t begin, std::size_t end) {
  mgan::io::Json data = source.data;
  for (const char* other : {"cache", "word_cache", "join_by", "missing", "ids", "positions"})
    data.erase(other);  // not of pictures, or the checkpoint's own
  std::string text = std::to_string(format_version) + "\n" + checkpoint.checksum + "\n" + data.dump() + "\n" +
                     source.description + "\n" + word_of(options.broken) + "\n";
  if (!source.boxes_file.empty()) text += mgan::io::sha256_of_file(source.boxes_file) + "\n";
  for (std::size_t i = begin; i < end; ++i) text += source.identities[i] + "\n";
  return hashed(text);
}

/// An image that could be read: its thumbnail, and all its pixels.
struct Decoded {
  Example example;
  std::string path, thumbnail;
  Picture pixels;
  FileStamp file;
};

Decoded decode(const ImageSource& source, std::size_t i) {
  Picture picture = source.picture(i);
  Decoded decoded{source.examples[i], source.paths[i], thumbnail_file(picture), {}, source.files[i]};
  decoded.example.width = picture.width;
  decoded.example.height = picture.height;
  if (decoded.example.boxes.empty()) {
    const int n = static_cast<int>(source.data.grid);
    decoded.example.boxes = mgan::data::grid_boxes(picture.width, picture.height, n, n, true);
  }
  decoded.pixels = std::move(picture);
  return decoded;
}

/// The readable images of a slice, on all threads; what is left out is warned of.
std::vector<Decoded> decode_all(const ImageSource& source, std::size_t begin, std::size_t end,
                                mgan::data::BrokenPictures broken) {
  std::vector<std::optional<Decoded>> found(end - begin);
  std::vector<std::string> errors(end - begin);
  at::parallel_for(0, static_cast<std::int64_t>(end - begin), 1, [&](std::int64_t first, std::int64_t last) {
    for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i) {
      try {
        found[i] = decode(source, begin + i);
      } catch (const mgan::Error& error) {
        errors[i] = error.what();
      }
    }
  });
  std::vector<Decoded> readable;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i]) {
      readable.push_back(std::move(*found[i]));
    } else {
      if (broken == mgan::data::BrokenPictures::fatal) throw mgan::Error(errors[i]);
      std::fprintf(stderr, "warning: %s; left out\n", errors[i].c_str());
    }
  }
  return readable;
}

at::Tensor bytes_of(const std::string& text) {
  return at::from_blob(const_cast<char*>(text.data()), {static_cast<std::int64_t>(text.size())}, at::kByte);
}

/// What a shard is made of, batch by batch: whole photographs are in memory for one batch alone.
struct ShardContents {
  StateTensors region, global, patch, kept, boxes, lengths;
  std::string thumbnails;
  std::vector<std::int64_t> ends;  // of the thumbnails
  mgan::io::Json list = mgan::io::Json::array();

  void append(const LoadedModel& loaded, const ImageSource& source, const std::vector<Decoded>& images) {
    mgan::data::Dataset dataset{source.description, mgan::data::Split::val, {}, {}};
    for (const Decoded& image : images) dataset.examples.push_back(image.example);
    for (Example& example : dataset.examples) example.captions.clear();
    dataset.picture = [&images](std::size_t i) { return images[i].pixels; };
    const Samples samples = samples_of(loaded, std::move(dataset), source.data);
    std::vector<std::int64_t> all(images.size());
    std::iota(all.begin(), all.end(), std::int64_t{0});
    const ImageBatch batch = samples.images(all);
    const MatcherState state = loaded.model.prepare_images(batch);
    region.append(state.region);
    global.append(state.global);
    patch.append(state.patch);
    if (mgan::is_enabled(loaded.model.matcher.patch_alignment))
      kept.append(AnyState::of(loaded.model.kept_patches(batch).to(at::kLong)));
    const at::Tensor size = at::cat({batch.image_sizes, batch.image_sizes}, 1).unsqueeze(1);  // (I, 1, 4): W H W H
    boxes.append(AnyState::of(at::Tensor(batch.boxes / size)));                               // (I, R, 4)
    lengths.append(AnyState::of(batch.region_lengths));
    for (const Decoded& image : images) {
      thumbnails += image.thumbnail;
      ends.push_back(static_cast<std::int64_t>(thumbnails.size()));
      list.push_back(
          IndexedImage{image.example.name, image.path, image.example.width, image.example.height, image.file});
    }
  }

  void write(const fs::path& path, const std::string& key, const Model& model) {
    mgan::NamedTensors tensors = named_tensors(model, region, global, patch);
    if (const auto indices = kept.joined(); !indices.empty()) tensors.emplace_back("patch.kept", indices[0]);
    tensors.emplace_back("boxes", boxes.joined()[0]);
    tensors.emplace_back("region_lengths", lengths.joined()[0]);
    tensors.emplace_back("thumbnails", bytes_of(thumbnails));
    tensors.emplace_back("thumbnail_ends",
                         at::from_blob(ends.data(), {static_cast<std::int64_t>(ends.size())}, at::kLong));
    mgan::save_tensors(path, tensors, {{"mgan_index_shard", key}, {"images", list.dump()}});
  }
};

/// The images of a shard that is there and has this key; nothing otherwise.
std::optional<std::vector<IndexedImage>> finished_shard(const fs::path& path, const std::string& key) {
  if (!fs::exists(path)) return std::nullopt;
  try {
    const mgan::io::SafetensorsFile file(path);
    const auto& data = file.metadata();
    if (!data.count("mgan_index_shard") || data.at("mgan_index_shard") != key) return std::nullopt;
    return mgan::io::parse_json(data.at("images"), path.string()).get<std::vector<IndexedImage>>();
  } catch (const std::exception&) {
    return std::nullopt;  // damaged: made again
  }
}

}  // namespace

WrittenIndex write_index(const LoadedModel& model, const CheckpointEntry& checkpoint, const ImageSource& source,
                         const WriteOptions& options) {
  const at::NoGradGuard no_grad;
  const auto began = std::chrono::steady_clock::now();
  const auto a_shard = static_cast<std::size_t>(options.images_a_shard);
  mgan::require(options.images_a_shard > 0 && options.images_a_shard % mgan::kernels::lanes == 0, "--shard is ",
                options.images_a_shard, ", expected a multiple of ", mgan::kernels::lanes);
  fs::create_directories(options.output);

  Manifest manifest;
  manifest.checkpoint = checkpoint;
  manifest.source = source.description;
  if (!source.boxes_file.empty()) manifest.boxes = stamp_of(source.boxes_file);
  manifest.key =
      hashed(shard_key(checkpoint, source, options, 0, source.size()) + std::to_string(options.images_a_shard));
  if (fs::exists(options.output / manifest_name)) {
    std::string stored;
    try {
      stored = read_manifest(options.output).key;
    } catch (const mgan::Error&) {
    }
    mgan::require(
        stored == manifest.key || options.replace, options.output.string(),
        ": holds an index of another checkpoint, of other images or of other options; --replace makes it anew");
    fs::remove(options.output / manifest_name);
  }

  WrittenIndex written;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < source.size(); begin += a_shard) {
    const std::size_t end = std::min(source.size(), begin + a_shard);
    const std::string key = shard_key(checkpoint, source, options, begin, end);
    const fs::path path = options.output / shard_name(number);
    auto images = finished_shard(path, key);
    if (images) {
      ++written.reused_shards;
    } else {
      ShardContents contents;
      constexpr std::size_t images_a_batch = 64;
      for (std::size_t first = begin; first < end; first += images_a_batch) {
        const auto decoded = decode_all(source, first, std::min(end, first + images_a_batch), options.broken);
        if (!decoded.empty()) contents.append(model, source, decoded);
      }
      if (contents.ends.empty()) continue;  // the next slice takes this shard's number
      contents.write(path, key, model.model);
      images = finished_shard(path, key);
      mgan::require(images.has_value(), path.string(), ": cannot be read back");
    }
    const mgan::io::MappedFile file(path);
    manifest.shards.push_back({shard_name(number), static_cast<std::int64_t>(images->size()), file.bytes().size(),
                               mgan::io::checksum_text(mgan::io::checksum(file.bytes()))});
    manifest.images.insert(manifest.images.end(), images->begin(), images->end());
    ++number;
    if (!options.quiet) {
      std::fprintf(stderr, "\r%zu of %zu images", end, source.size());
      if (end == source.size()) std::fputc('\n', stderr);
    }
  }
  mgan::require(!manifest.images.empty(), source.description, ": none of ", source.size(), " images can be read");
  while (fs::remove(options.output / shard_name(number))) ++number;  // of a longer index that was here
  write_manifest(options.output, manifest);
  written.images = manifest.images.size();
  written.shards = manifest.shards.size();
  written.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return written;
}

}  // namespace program::search
