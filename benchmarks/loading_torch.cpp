// scripts/bench loading: batches out of feature files, from a cold and a warm page cache, against what the disk gives.
//
//     loading_torch DATA CACHE [--batch N] [--steps N] [--loaders N,N,...]
//
// DATA is a folder in SCAN's layout, CACHE one of `mgan extract` of the same images: region features, patches, and the
// words of one caption an image, in a shuffled order, as `mgan train --data DATA --cache CACHE` reads them. Before
// every cold row the system is told to forget the files (posix_fadvise), which nothing else may have open.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "mgan/data/join.hpp"
#include "mgan/data/scan_folder.hpp"
#include "mgan/encoders/feature_cache.hpp"
#include "mgan/io/npy.hpp"
#include "mgan/sources/cached.hpp"
#include "mgan/sources/dataset_regions.hpp"
#include "mgan/train/keep_heap.hpp"
#include "mgan/train/loader.hpp"
#include "mgan/train/shuffle.hpp"

namespace {

namespace fs = std::filesystem;
using namespace mgan::sources;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point then) { return std::chrono::duration<double>(Clock::now() - then).count(); }

/// The pages of every file below these folders leave the page cache.
void forget(const std::vector<fs::path>& folders) {
  for (const fs::path& folder : folders) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
      if (file < 0) continue;
      ::fdatasync(file);
      ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
      ::close(file);
    }
  }
}

void print(const char* what, double bytes, double seconds) {
  std::printf("%-34s %8.0f MB in %6.1f s  %7.0f MB/s\n", what, bytes / 1e6, seconds, bytes / 1e6 / seconds);
}

/// read(2), from one end to the other.
void sequentially(const fs::path& path, double most) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  mgan::require(file >= 0, path.string(), ": cannot read");
  std::vector<char> buffer(1 << 20);
  const auto began = Clock::now();
  double bytes = 0;
  for (ssize_t n; bytes < most && (n = ::read(file, buffer.data(), buffer.size())) > 0;)
    bytes += static_cast<double>(n);
  print("read(2), in order", bytes, seconds_since(began));
  ::close(file);
}

/// pread(2) of rows of the features in a shuffled order, one after the other.
void rows_at_random(const fs::path& path, std::int64_t rows) {
  const mgan::io::NpyFile npy(path);
  const std::int64_t all = npy.shape()[0];
  const std::size_t front = npy.header().data_offset,
                    row = (fs::file_size(path) - front) / static_cast<std::size_t>(all);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  mgan::require(file >= 0, path.string(), ": cannot read");
  std::vector<char> buffer(row);
  const auto order = mgan::train::epoch_permutation(all, 7, 0);
  const auto began = Clock::now();
  double bytes = 0;
  for (std::int64_t i = 0; i < std::min(rows, all); ++i) {
    const auto at = static_cast<off_t>(front + row * static_cast<std::size_t>(order[static_cast<std::size_t>(i)]));
    bytes += static_cast<double>(::pread(file, buffer.data(), row, at));
  }
  print("pread(2), rows at random", bytes, seconds_since(began));
  ::close(file);
}

struct Batch {
  ImageBatch images;
  WordBatch words;
};

/// Opens everything and takes `steps` batches of epoch 0; the time of opening is not counted.
void batches(const fs::path& data, const fs::path& folder, std::int64_t size, std::int64_t steps, int loaders,
             const std::string& what) {
  RegionStream regions = dataset_regions(mgan::data::scan_folder({data}, mgan::data::Split::train));
  const auto cache = std::make_shared<const CachedSplit>(mgan::encoders::FeatureCache::open(folder).shards("train"));
  PatchStream patches = cached_patches(cache);
  WordStream words = cached_words(cache, CachedStates::last);
  const mgan::data::Join join = mgan::data::join({data.string(), regions.images}, {folder.string(), patches.images});
  regions = select(regions, join.first), patches = select(patches, join.second), words = select(words, join.second);
  const ImageStream images = images_of(regions, patches);
  const auto all = static_cast<std::int64_t>(images.images.size());
  mgan::require(size >= 1 && all >= size, "--batch is ", size, ", but there are ", all, " images");

  const auto order = mgan::train::epoch_permutation(all, 1, 0);
  steps = std::min(steps, all / size);
  const auto began = Clock::now();
  double bytes = 0;
  mgan::train::PrefetchingLoader<Batch> loader(
      0, steps,
      [&](std::int64_t place) {
        const Places which(order.begin() + place * size, order.begin() + (place + 1) * size);
        std::vector<CaptionIndex> captions;
        for (const std::int64_t i : which) captions.push_back({static_cast<std::size_t>(i), 0});
        return Batch{images.batch(which, 0), words.batch(captions)};
      },
      loaders);
  while (const auto batch = loader.next())
    bytes += static_cast<double>(batch->images.regions.features.nbytes() + batch->images.tokens.nbytes() +
                                 batch->words.states.nbytes());
  print((what + ", " + std::to_string(loaders) + " loaders").c_str(), bytes, seconds_since(began));
}

}  // namespace

int main(int argc, char** argv) try {
  mgan::train::keep_heap();  // as `mgan train` does
  std::vector<fs::path> folders;
  std::int64_t size = 128, steps = 40;
  std::vector<int> loaders{0, 1, 2, 4};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] {
      mgan::require(i + 1 < argc, word, " wants a value");
      return std::string(argv[++i]);
    };
    if (word == "--batch") size = std::stoll(value());
    else if (word == "--steps") steps = std::stoll(value());
    else if (word == "--loaders") {
      loaders.clear();
      std::istringstream list(value());
      for (std::string n; std::getline(list, n, ',');) loaders.push_back(std::stoi(n));
    } else folders.emplace_back(word);
  }
  mgan::require(folders.size() == 2, "loading_torch DATA CACHE [--batch N] [--steps N] [--loaders N,N,...]");
  const fs::path features = folders[0] / "train_ims.npy";
  forget(folders);
  sequentially(features, 4e9);
  forget(folders);
  rows_at_random(features, size * steps);
  for (const int n : loaders) {
    forget(folders);
    batches(folders[0], folders[1], size, steps, n, "batches, cold");
  }
  for (const int n : loaders) batches(folders[0], folders[1], size, steps, n, "batches, again");
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
