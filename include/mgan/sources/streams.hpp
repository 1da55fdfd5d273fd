// What a matcher takes, as three streams: regions, patches with [CLS], words with [CLS]. Each comes from a place of its
// own (feature files, a cache, an encoder run on the fly), and each says which images it has.
//
//     RegionStream regions = dataset_regions(scan);                      // a detector's .npy files
//     PatchStream patches = cached_patches(cache);                       // an image encoder's tokens
//     WordStream words = cached_words(cache, CachedStates::last);        // a text encoder's states
//     const data::Join join = data::join({"features", regions.images}, {"cache", patches.images});
//     regions = select(regions, join.first);
//     patches = select(patches, join.second);
//     words = select(words, join.second);
//     images_of(regions, patches).batch({0, 1}, 0);      // of two images; nothing else is read
//
// Streams are values; batches may be asked for by several threads at once.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"

namespace mgan::sources {

/// Places of images in a stream.
using Places = std::vector<std::int64_t>;

/// The images of a stream. Streams of one source share the list: with its captions it may be 100 MB.
class Images {
 public:
  Images() : Images(std::vector<data::Example>{}) {}
  Images(std::vector<data::Example> all) : all_(std::make_shared<const std::vector<data::Example>>(std::move(all))) {}
  /// A list that `owner` keeps alive.
  Images(const std::shared_ptr<const void>& owner, const std::vector<data::Example>& all) : all_(owner, &all) {}

  operator const std::vector<data::Example>&() const { return *all_; }
  const data::Example& operator[](std::size_t i) const { return (*all_)[i]; }
  std::size_t size() const { return all_->size(); }
  auto begin() const { return all_->begin(); }
  auto end() const { return all_->end(); }

 private:
  std::shared_ptr<const std::vector<data::Example>> all_;
};

/// A caption's place: image and number.
struct CaptionIndex {
  std::size_t image, caption;
};

/// Regions of I images, padded to R; padding repeats the first box. Images without boxes have NaN in their place.
struct RegionBatch {
  at::Tensor features;     // (I, R, d_r)
  at::Tensor lengths;      // (I)
  at::Tensor boxes;        // (I, R, 4), x1 y1 x2 y2 in pixels
  at::Tensor image_sizes;  // (I, 2), W H in the same pixels
};

/// Words of T captions between [CLS] and [SEP], padded to n.
struct WordBatch {
  at::Tensor states;   // (T, n, d_w)
  at::Tensor lengths;  // (T), [CLS] and [SEP] counted
};

/// Regions and patches of the same I images.
struct ImageBatch {
  RegionBatch regions;
  at::Tensor tokens;  // (I, 1+M, d_p), [CLS] first; undefined where there are no pictures
};

/// All rows (..., d) of a stream, in pieces: for mean and deviation.
using Pieces = std::function<void(const std::function<void(const at::Tensor&)>&)>;

struct RegionStream {
  Images images;
  std::int64_t width = 0;  // d_r
  std::function<RegionBatch(const Places&)> batch;
  Pieces pieces;
};

struct PatchStream {
  Images images;
  std::int64_t width = 0;                          // d_p
  std::function<at::Tensor(const Places&)> batch;  // (I, 1+M, d_p)
  Pieces pieces;                                   // (i, 1+M, d_p)
};

struct WordStream {
  Images images;           // with the captions that the words are of
  std::int64_t width = 0;  // d_w
  std::function<WordBatch(const std::vector<CaptionIndex>&)> batch;
  std::function<std::int64_t(const CaptionIndex&)> length;  // of a caption, [CLS] and [SEP] counted
  Pieces pieces;                                            // states behind the last layer
};

/// The same for rows of regions (n, d_r) and tokens (i, 1+M, d_p): either may be undefined in a call.
using ImagePieces =
    std::function<void(const std::function<void(const at::Tensor& regions, const at::Tensor& tokens)>&)>;

/// Regions and patches together. `seed` chooses a crop where the pictures are encoded on the fly; 0: as they are.
struct ImageStream {
  Images images;
  std::int64_t region_width = 0, token_width = 0;  // the second is 0 where there are no patches
  std::function<ImageBatch(const Places&, std::uint64_t seed)> batch;
  ImagePieces pieces;
};

namespace detail {

inline std::vector<data::Example> chosen(const std::vector<data::Example>& images,
                                         const std::vector<std::size_t>& places) {
  std::vector<data::Example> some;
  for (const std::size_t i : places) some.push_back(images.at(i));
  return some;
}

/// Whether the places are 0, 1, ..., n - 1: all images as they are.
inline bool is_all(const std::vector<std::size_t>& places, std::size_t n) {
  for (std::size_t i = 0; i < places.size(); ++i)
    if (places[i] != i) return false;
  return places.size() == n;
}

inline Places at_places(const Places& which, const std::vector<std::size_t>& places) {
  Places there;
  for (const std::int64_t i : which) there.push_back(static_cast<std::int64_t>(places.at(static_cast<std::size_t>(i))));
  return there;
}

/// Pieces of 256 images, rows(places) being those of some images.
template <class Rows>
Pieces in_groups(std::size_t images, Rows rows) {
  return [images, rows](const std::function<void(const at::Tensor&)>& f) {
    constexpr std::size_t group = 256;
    for (std::size_t first = 0; first < images; first += group) {
      Places some(std::min(group, images - first));
      std::iota(some.begin(), some.end(), static_cast<std::int64_t>(first));
      f(rows(some));
    }
  };
}

/// The real rows of a batch of regions.
inline at::Tensor real_rows(const RegionBatch& batch) {
  const auto region = at::arange(batch.features.size(1), batch.lengths.options());  // (R)
  const auto real = region.unsqueeze(0).lt(batch.lengths.unsqueeze(1)).flatten();   // (I R)
  return batch.features.flatten(0, 1).index_select(0, real.nonzero().squeeze(1));   // (n, d_r)
}

}  // namespace detail

/// The images at these places, in this order. Nothing is read.
inline RegionStream select(const RegionStream& all, const std::vector<std::size_t>& places) {
  if (detail::is_all(places, all.images.size())) return all;
  RegionStream some{detail::chosen(all.images, places), all.width, {}, {}};
  some.batch = [batch = all.batch, places](const Places& which) { return batch(detail::at_places(which, places)); };
  some.pieces =
      detail::in_groups(places.size(), [batch = some.batch](const Places& p) { return detail::real_rows(batch(p)); });
  return some;
}
inline PatchStream select(const PatchStream& all, const std::vector<std::size_t>& places) {
  if (detail::is_all(places, all.images.size())) return all;
  PatchStream some{detail::chosen(all.images, places), all.width, {}, {}};
  some.batch = [batch = all.batch, places](const Places& which) { return batch(detail::at_places(which, places)); };
  some.pieces = detail::in_groups(places.size(), some.batch);
  return some;
}
inline WordStream select(const WordStream& all, const std::vector<std::size_t>& places) {
  if (detail::is_all(places, all.images.size())) return all;
  WordStream some{detail::chosen(all.images, places), all.width, {}, {}, all.pieces};
  some.batch = [batch = all.batch, places](const std::vector<CaptionIndex>& which) {
    std::vector<CaptionIndex> there;
    for (const CaptionIndex& c : which) there.push_back({places.at(c.image), c.caption});
    return batch(there);
  };
  some.length = [length = all.length, places](const CaptionIndex& c) {
    return length({places.at(c.image), c.caption});
  };
  return some;
}

/// Two streams of the same images, in the same order.
inline ImageStream images_of(const RegionStream& regions, const PatchStream& patches) {
  require(regions.images.size() == patches.images.size(), "images_of: regions of ", regions.images.size(),
          " images, patches of ", patches.images.size());
  return {regions.images, regions.width, patches.width,
          [r = regions.batch, p = patches.batch](const Places& which, std::uint64_t) {
            return ImageBatch{r(which), p(which)};
          },
          [r = regions.pieces, p = patches.pieces](const auto& f) {
            r([&](const at::Tensor& rows) { f(rows, {}); });
            p([&](const at::Tensor& tokens) { f({}, tokens); });
          }};
}
/// Regions alone.
inline ImageStream images_of(const RegionStream& regions) {
  return {regions.images, regions.width, 0,
          [r = regions.batch](const Places& which, std::uint64_t) {
            return ImageBatch{r(which), {}};
          },
          [r = regions.pieces](const auto& f) { r([&](const at::Tensor& rows) { f(rows, {}); }); }};
}

}  // namespace mgan::sources
