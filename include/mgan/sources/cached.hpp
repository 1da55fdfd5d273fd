// The three streams out of the shards of a feature cache. Shards are mapped: a batch asks for its own rows, all at
// once, and touches no other pages. Caches in fp16 or bf16 become fp32 in the batch.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/encoders/feature_shard.hpp"
#include "mgan/sources/rows.hpp"
#include "mgan/sources/streams.hpp"

namespace mgan::sources {

/// A split of a cache, and where in its shards every image and caption lies.
class CachedSplit {
 public:
  struct Place {
    std::size_t shard;
    std::int64_t row;                               // of the shard's tokens
    std::int64_t first_grid, first_given;           // of the shard's region rows
    std::int64_t grid, given;                       // how many of them
    std::vector<std::int64_t> first_token, length;  // of every caption
  };

  explicit CachedSplit(std::vector<encoders::FeatureShard> all) : shards_(std::move(all)) {
    require(!shards_.empty(), "CachedSplit: no shards");
    for (std::size_t s = 0; s < shards_.size(); ++s) {
      encoders::FeatureShard& shard = shards_[s];
      check_like_first(s);
      const auto grid = integers(shard.grid.counts), given = integers(shard.given.counts),
                 lengths = integers(shard.caption_lengths);
      std::int64_t row = 0, first_grid = 0, first_given = 0, token = 0;
      std::size_t caption = 0;
      for (std::size_t i = 0; i < shard.examples.size(); ++i) {
        Place& place = places_.emplace_back(Place{s, row++, first_grid, first_given, grid[i], given[i], {}, {}});
        first_grid += grid[i];
        first_given += given[i];
        for (std::size_t c = 0; c < shard.examples[i].captions.size(); ++c, ++caption) {
          place.first_token.push_back(token);
          place.length.push_back(lengths[caption]);
          token += lengths[caption];
        }
        images_.push_back(std::move(shard.examples[i]));
      }
      shard.examples.clear();
    }
  }

  /// Without their examples, which are images().
  const std::vector<encoders::FeatureShard>& shards() const { return shards_; }
  const std::vector<data::Example>& images() const { return images_; }
  const Place& place(std::int64_t image) const { return places_.at(static_cast<std::size_t>(image)); }
  const encoders::FeatureShard& shard(const Place& place) const { return shards_[place.shard]; }

 private:
  /// Batches are made in the shapes of the first shard.
  void check_like_first(std::size_t s) const {
    const encoders::FeatureShard &shard = shards_[s], &first = shards_[0];
    const auto same = [&](const char* what, const at::Tensor& x, const at::Tensor& y) {  // all axes but the first
      require(x.sizes().slice(1) == y.sizes().slice(1), "CachedSplit: ", what, " of shard ", s, " are ",
              x.sizes().vec(), ", those of shard 0 ", y.sizes().vec());
    };
    same("tokens", shard.tokens, first.tokens);
    same("states", shard.last, first.last);
    same("states before the last layer", shard.before_last, first.before_last);
    same("grid regions", shard.grid.features, first.grid.features);
    same("given regions", shard.given.features, first.grid.features);
  }
  static std::vector<std::int64_t> integers(const at::Tensor& x) {
    const std::int64_t* p = x.const_data_ptr<std::int64_t>();
    return {p, p + x.numel()};
  }

  std::vector<encoders::FeatureShard> shards_;
  std::vector<Place> places_;
  std::vector<data::Example> images_;
};

/// Which regions of a cache: the tiles of its grid, the data set's own boxes, or both. The whole picture is one region
/// of every choice.
enum class CachedRegions { grid, annotated, both };

/// Tokens pooled over boxes, boxes in pixels of the encoder's picture.
inline RegionStream cached_regions(const std::shared_ptr<const CachedSplit>& cache, CachedRegions choice) {
  for (std::size_t s = 0; s < cache->shards().size(); ++s) {
    require(cache->shards()[s].grid.features.size(0) > 0, "shard ", s, " of the cache has no regions: those of its ",
            "images are in a detector's files");
  }
  const bool use_grid = choice != CachedRegions::annotated, use_given = choice != CachedRegions::grid;
  RegionStream stream{{cache, cache->images()}, cache->shards()[0].grid.features.size(1), {}, {}};
  stream.batch = [cache, use_grid, use_given, width = stream.width](const Places& which) {
    const auto images = static_cast<std::int64_t>(which.size());
    std::int64_t most = 0;
    for (const std::int64_t i : which) {
      const CachedSplit::Place& p = cache->place(i);
      most =
          std::max(most, (use_given ? p.given : 0) + (use_grid ? p.grid : 1));  // the whole picture is the grid's last
    }
    // Calls f(rows of a shard, first, count) for the regions of an image.
    const auto rows_of = [&](std::int64_t image, const auto& f) {
      const CachedSplit::Place& p = cache->place(image);
      const encoders::FeatureShard& shard = cache->shard(p);
      if (use_given && p.given > 0) f(shard.given, p.first_given, p.given);
      if (use_grid) f(shard.grid, p.first_grid, p.grid);
      else f(shard.grid, p.first_grid + p.grid - 1, std::int64_t{1});
    };
    for (const std::int64_t i : which)
      rows_of(i, [](const encoders::RegionSet& set, std::int64_t first, std::int64_t count) {
        detail::will_need(set.features, first, count);
      });
    RegionBatch batch{at::empty({images, most, width}, at::kFloat), at::empty({images}, at::kLong),
                      at::empty({images, most, 4}, at::kFloat), at::empty({images, 2}, at::kFloat)};
    float *feature = batch.features.mutable_data_ptr<float>(), *corner = batch.boxes.mutable_data_ptr<float>(),
          *size = batch.image_sizes.mutable_data_ptr<float>();
    auto* length = batch.lengths.mutable_data_ptr<std::int64_t>();
    for (const std::int64_t i : which) {
      const float* const first_box = corner;
      rows_of(i, [&](const encoders::RegionSet& set, std::int64_t first, std::int64_t count) {
        feature = detail::copy_rows(set.features, first, count, feature);
        corner = detail::copy_rows(set.boxes, first, count, corner);
      });
      const std::int64_t filled = (corner - first_box) / 4;
      feature = std::fill_n(feature, (most - filled) * width, 0.0f);
      for (std::int64_t r = filled; r < most; ++r) corner = std::copy_n(first_box, 4, corner);
      *length++ = filled;
      size = std::fill_n(size, 2, static_cast<float>(cache->images()[static_cast<std::size_t>(i)].width));
    }
    return batch;
  };
  stream.pieces = [cache](const std::function<void(const at::Tensor&)>& f) {
    for (const encoders::FeatureShard& shard : cache->shards()) f(shard.grid.features);
  };
  return stream;
}

inline PatchStream cached_patches(const std::shared_ptr<const CachedSplit>& cache) {
  const encoders::FeatureShard& some = cache->shards()[0];
  PatchStream stream{{cache, cache->images()}, some.tokens.size(2), {}, {}};
  stream.batch = [cache, rows = some.tokens.size(1), width = stream.width](const Places& which) {
    const auto shard_of = [&](const CachedSplit::Place& p) -> const at::Tensor& { return cache->shard(p).tokens; };
    for (const std::int64_t i : which) detail::will_need(shard_of(cache->place(i)), cache->place(i).row, 1);
    const at::Tensor tokens = at::empty({static_cast<std::int64_t>(which.size()), rows, width}, at::kFloat);
    float* token = tokens.mutable_data_ptr<float>();
    for (const std::int64_t i : which)
      token = detail::copy_rows(shard_of(cache->place(i)), cache->place(i).row, 1, token);
    return tokens;  // (I, 1+M, d_p)
  };
  stream.pieces = [cache](const std::function<void(const at::Tensor&)>& f) {
    for (const encoders::FeatureShard& shard : cache->shards()) f(shard.tokens);
  };
  return stream;
}

/// Which states of a caption: behind the last layer of the text encoder, or before it, for those who tune it.
enum class CachedStates { last, before_last };

inline WordStream cached_words(const std::shared_ptr<const CachedSplit>& cache, CachedStates which_states) {
  const bool before = which_states == CachedStates::before_last;
  for (const encoders::FeatureShard& shard : cache->shards())
    require(!before || shard.before_last.size(0) == shard.last.size(0),
            "the cache has no states before the last layer: its text encoder cannot be tuned");
  WordStream stream{{cache, cache->images()}, cache->shards()[0].last.size(1), {}, {}, {}};
  stream.length = [cache](const CaptionIndex& c) {
    return cache->place(static_cast<std::int64_t>(c.image)).length.at(c.caption);
  };
  stream.batch = [cache, before, length = stream.length, width = stream.width](const std::vector<CaptionIndex>& which) {
    const auto texts = static_cast<std::int64_t>(which.size());
    std::int64_t longest = 0;
    for (const CaptionIndex& c : which) longest = std::max(longest, length(c));
    // Calls f(states of a shard, first, count) for the words of a caption.
    const auto rows_of = [&](const CaptionIndex& c, const auto& f) {
      const CachedSplit::Place& p = cache->place(static_cast<std::int64_t>(c.image));
      const encoders::FeatureShard& shard = cache->shard(p);
      return f(before ? shard.before_last : shard.last, p.first_token[c.caption], p.length[c.caption]);
    };
    for (const CaptionIndex& c : which) rows_of(c, detail::will_need);
    WordBatch batch{at::empty({texts, longest, width}, at::kFloat), at::empty({texts}, at::kLong)};
    float* state = batch.states.mutable_data_ptr<float>();
    auto* of_caption = batch.lengths.mutable_data_ptr<std::int64_t>();
    for (const CaptionIndex& c : which) {
      state = rows_of(c, [&](const at::Tensor& all, std::int64_t first, std::int64_t n) {
        return std::fill_n(detail::copy_rows(all, first, n, state), (longest - n) * width, 0.0f);
      });
      *of_caption++ = length(c);
    }
    return batch;
  };
  stream.pieces = [cache](const std::function<void(const at::Tensor&)>& f) {
    for (const encoders::FeatureShard& shard : cache->shards()) f(shard.last);
  };
  return stream;
}

}  // namespace mgan::sources
