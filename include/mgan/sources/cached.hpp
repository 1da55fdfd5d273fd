// The three streams out of the shards of a feature cache. Shards are mapped: a batch touches the pages of its own rows
// alone.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

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
      const encoders::FeatureShard& shard = shards_[s];
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
        images_.push_back(shard.examples[i]);
      }
    }
  }

  const std::vector<encoders::FeatureShard>& shards() const { return shards_; }
  const std::vector<data::Example>& images() const { return images_; }
  const Place& place(std::int64_t image) const { return places_.at(static_cast<std::size_t>(image)); }
  const encoders::FeatureShard& shard(const Place& place) const { return shards_[place.shard]; }

 private:
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
  const bool use_grid = choice != CachedRegions::annotated, use_given = choice != CachedRegions::grid;
  RegionStream stream{cache->images(), cache->shards()[0].grid.features.size(1), {}, {}};
  stream.batch = [cache, use_grid, use_given, width = stream.width](const Places& which) {
    const auto images = static_cast<std::int64_t>(which.size());
    std::int64_t most = 0;
    for (const std::int64_t i : which) {
      const CachedSplit::Place& p = cache->place(i);
      most =
          std::max(most, (use_given ? p.given : 0) + (use_grid ? p.grid : 1));  // the whole picture is the grid's last
    }
    RegionBatch batch{at::zeros({images, most, width}, at::kFloat), at::empty({images}, at::kLong),
                      at::zeros({images, most, 4}, at::kFloat), at::empty({images, 2}, at::kFloat)};
    for (std::int64_t b = 0; b < images; ++b) {
      const CachedSplit::Place& p = cache->place(which[static_cast<std::size_t>(b)]);
      const encoders::FeatureShard& shard = cache->shard(p);
      std::int64_t filled = 0;
      const auto take = [&](const encoders::RegionSet& set, std::int64_t first, std::int64_t count) {
        if (count == 0) return;
        batch.features[b].narrow(0, filled, count).copy_(set.features.narrow(0, first, count));
        batch.boxes[b].narrow(0, filled, count).copy_(set.boxes.narrow(0, first, count));
        filled += count;
      };
      if (use_given) take(shard.given, p.first_given, p.given);
      if (use_grid) take(shard.grid, p.first_grid, p.grid);
      else take(shard.grid, p.first_grid + p.grid - 1, 1);
      for (std::int64_t r = filled; r < most; ++r) batch.boxes[b][r].copy_(batch.boxes[b][0]);
      batch.lengths[b] = filled;
      batch.image_sizes[b].fill_(shard.examples[static_cast<std::size_t>(p.row)].width);
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
  PatchStream stream{cache->images(), some.tokens.size(2), {}, {}};
  stream.batch = [cache, rows = some.tokens.size(1), width = stream.width](const Places& which) {
    const at::Tensor tokens = at::empty({static_cast<std::int64_t>(which.size()), rows, width}, at::kFloat);
    for (std::size_t b = 0; b < which.size(); ++b) {
      const CachedSplit::Place& p = cache->place(which[b]);
      tokens[static_cast<std::int64_t>(b)].copy_(cache->shard(p).tokens[p.row]);
    }
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
  WordStream stream{cache->images(), cache->shards()[0].last.size(1), {}, {}, {}};
  stream.length = [cache](const CaptionIndex& c) {
    return cache->place(static_cast<std::int64_t>(c.image)).length.at(c.caption);
  };
  stream.batch = [cache, before, length = stream.length, width = stream.width](const std::vector<CaptionIndex>& which) {
    const auto texts = static_cast<std::int64_t>(which.size());
    std::int64_t longest = 0;
    for (const CaptionIndex& c : which) longest = std::max(longest, length(c));
    WordBatch batch{at::zeros({texts, longest, width}, at::kFloat), at::empty({texts}, at::kLong)};
    for (std::int64_t t = 0; t < texts; ++t) {
      const CaptionIndex& c = which[static_cast<std::size_t>(t)];
      const CachedSplit::Place& p = cache->place(static_cast<std::int64_t>(c.image));
      const encoders::FeatureShard& shard = cache->shard(p);
      const std::int64_t n = p.length[c.caption];
      batch.states[t].narrow(0, 0, n).copy_(
          (before ? shard.before_last : shard.last).narrow(0, p.first_token[c.caption], n));
      batch.lengths.mutable_data_ptr<std::int64_t>()[t] = n;
    }
    return batch;
  };
  stream.pieces = [cache](const std::function<void(const at::Tensor&)>& f) {
    for (const encoders::FeatureShard& shard : cache->shards()) f(shard.last);
  };
  return stream;
}

}  // namespace mgan::sources
