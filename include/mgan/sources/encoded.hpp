// Images and captions through frozen encoders when they are asked for: training on photographs without a cache, and
// with crops that are others in every epoch.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/draw.hpp"
#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/data/random_crop.hpp"
#include "mgan/encoders/encode_shard.hpp"
#include "mgan/encoders/encoder_pair.hpp"
#include "mgan/encoders/region_features.hpp"
#include "mgan/sources/box_batch.hpp"
#include "mgan/sources/cached.hpp"
#include "mgan/sources/streams.hpp"

namespace mgan::sources {

/// How pictures are varied in training: not at all, a random crop of 8/9 of their side, or that and mirrored half of
/// the time.
enum class Augmentation { none, crop, flip };

struct EncodedOptions {
  CachedRegions regions = CachedRegions::grid;
  int grid = 3;  // grid x grid tiles of what the encoder sees, and the whole of it
  Augmentation augmentation = Augmentation::none;
};

namespace detail {

using Encoders = std::shared_ptr<const encoders::EncoderPair>;
using SharedDataset = std::shared_ptr<const data::Dataset>;

/// A picture as the encoder takes it, with the regions that are pooled.
inline data::CroppedPicture encoder_view(const encoders::EncoderPair& encoders, const data::Dataset& dataset,
                                         std::size_t image, const EncodedOptions& options, std::uint64_t seed) {
  const int side = encoders.side();
  const bool crop = options.augmentation != Augmentation::none && seed != 0;
  const int stored = crop ? side + side / 8 : side;
  const data::Picture picture = dataset.picture(image);
  data::CroppedPicture view{encoders.fitted(picture, stored), {}};
  if (options.regions != CachedRegions::grid) {
    for (const data::Box& box : dataset.examples[image].boxes) {
      const data::Box b = fitted_box(box, picture.width, picture.height, stored, encoders.folders.fit);
      if (b.x2 > b.x1 && b.y2 > b.y1) view.boxes.push_back(b);
    }
  }
  if (crop) {
    std::mt19937_64 bits(mix(seed, static_cast<std::uint64_t>(image)));
    view = data::RandomCrop{side, options.augmentation == Augmentation::flip}(view.picture, view.boxes, bits);
  }
  const std::vector<data::Box> tiles = data::grid_boxes(side, side, options.grid, options.grid, true);
  const auto from = options.regions == CachedRegions::annotated ? tiles.end() - 1 : tiles.begin();
  view.boxes.insert(view.boxes.end(), from, tiles.end());
  return view;
}

/// Tokens of pictures, 16 at a time as in a cache: (I, 1+M, d_p).
inline at::Tensor tokens_of(const encoders::EncoderPair& encoders, const std::vector<data::Picture>& pictures) {
  constexpr std::size_t group = 16;
  std::vector<at::Tensor> tokens;
  for (std::size_t first = 0; first < pictures.size(); first += group) {
    const auto from = pictures.begin() + static_cast<std::ptrdiff_t>(first);
    tokens.push_back(
        encoders.tokens({from, from + static_cast<std::ptrdiff_t>(std::min(group, pictures.size() - first))}));
  }
  return at::cat(tokens, 0);
}

}  // namespace detail

/// Regions and patches of a data set of pictures. The regions are tokens pooled over boxes, as in a cache of the same
/// data; without augmentation the numbers are those of the cache, up to the rounding of other batches.
inline ImageStream encoded_images(const detail::Encoders& encoders, const detail::SharedDataset& dataset,
                                  const EncodedOptions& options) {
  require(dataset->picture != nullptr, dataset->name, " has region features, but pictures are expected");
  ImageStream stream{{dataset, dataset->examples}, encoders->vision.width(), encoders->vision.width(), {}, {}};
  stream.batch = [encoders, dataset, options](const Places& which, std::uint64_t seed) {
    const at::NoGradGuard frozen;
    std::vector<data::Picture> pictures;
    std::vector<data::Example> seen;  // the boxes and the size that the encoder sees
    for (const std::int64_t i : which) {
      data::CroppedPicture view = detail::encoder_view(*encoders, *dataset, static_cast<std::size_t>(i), options, seed);
      data::Example& example = seen.emplace_back();
      example.boxes = std::move(view.boxes), example.width = example.height = encoders->side();
      pictures.push_back(std::move(view.picture));
    }
    std::vector<const data::Example*> pointers;
    for (const data::Example& example : seen) pointers.push_back(&example);
    const BoxBatch boxes = box_batch(pointers);
    const at::Tensor tokens = detail::tokens_of(*encoders, pictures);  // (I, 1+M, d_p)
    const std::int64_t cells = encoders->vision.patches_a_side();
    std::vector<at::Tensor> pooled;  // image by image, as a cache is made: the same bits
    for (std::int64_t b = 0; b < tokens.size(0); ++b) {
      const std::int64_t real = static_cast<std::int64_t>(seen[static_cast<std::size_t>(b)].boxes.size());
      const at::Tensor row = at::zeros({boxes.boxes.size(1), tokens.size(2)}, at::kFloat);  // (R, d_p)
      row.narrow(0, 0, real)
          .copy_(encoders::RegionFeatures{cells, cells}(tokens.narrow(0, b, 1),
                                                        boxes.boxes.narrow(0, b, 1).narrow(1, 0, real),
                                                        boxes.image_sizes.narrow(0, b, 1))[0]);
      pooled.push_back(row);
    }
    return ImageBatch{{at::stack(pooled, 0), boxes.lengths, boxes.boxes, boxes.image_sizes}, tokens};
  };
  stream.pieces = [encoders, dataset, grid = options.grid](const auto& f) {  // of the grid, as in a cache
    constexpr std::size_t group = 256;
    for (std::size_t first = 0; first < dataset->examples.size(); first += group) {
      const std::size_t count = std::min(group, dataset->examples.size() - first);
      const encoders::FeatureShard shard = encode_images(*encoders, *dataset, first, count, {grid, false});
      f(shard.grid.features, shard.tokens);
    }
  };
  return stream;
}

/// Patches alone of a data set of pictures, as they are: for regions of another source, which no crop would fit.
inline PatchStream encoded_patches(const detail::Encoders& encoders, const detail::SharedDataset& dataset) {
  require(dataset->picture != nullptr, dataset->name, " has region features, but pictures are expected");
  PatchStream stream{{dataset, dataset->examples}, encoders->vision.width(), {}, {}};
  stream.batch = [encoders, dataset](const Places& which) {
    const at::NoGradGuard frozen;
    std::vector<data::Picture> pictures;
    for (const std::int64_t i : which)
      pictures.push_back(encoders->fitted(dataset->picture(static_cast<std::size_t>(i))));
    return detail::tokens_of(*encoders, pictures);  // (I, 1+M, d_p)
  };
  stream.pieces = detail::in_groups(dataset->examples.size(), stream.batch);
  return stream;
}

/// Words of a data set's captions. `truncated` counts captions that are cut; one that cannot be encoded is an Error
/// that names it.
inline WordStream encoded_words(const detail::Encoders& encoders, const std::vector<data::Example>& images,
                                CachedStates states, std::size_t& truncated) {
  const bool before = states == CachedStates::before_last;
  require(!before || encoders->text.last_layer().has_value(), encoders->folders.text.string(),
          ": the last layer of this text encoder cannot be tuned");
  using Ids = std::vector<std::vector<std::vector<std::int64_t>>>;  // image, caption, ids
  const auto ids = std::make_shared<Ids>();
  for (const data::Example& example : images) {
    auto& of_image = ids->emplace_back();
    for (const std::string& caption : example.captions)
      of_image.push_back(encoders::detail::caption_ids(*encoders, example, caption, truncated));
  }
  const Images shared(images);
  WordStream stream{shared, encoders->text.width(), {}, {}, {}};
  stream.length = [ids](const CaptionIndex& c) {
    return static_cast<std::int64_t>(ids->at(c.image).at(c.caption).size());
  };
  stream.batch = [encoders, ids, before](const std::vector<CaptionIndex>& which) {
    std::vector<std::vector<std::int64_t>> captions;
    for (const CaptionIndex& c : which) captions.push_back(ids->at(c.image).at(c.caption));
    const encoders::CaptionStates all = encoders->states(captions);
    return WordBatch{before ? all.before_last : all.last, all.lengths};
  };
  stream.pieces = [encoders, shared](const auto& f) {
    constexpr std::size_t group = 256;  // images, as in a cache
    for (std::size_t first = 0; first < shared.size(); first += group) {
      const auto from = shared.begin() + static_cast<std::ptrdiff_t>(first);
      encoders::FeatureShard shard;
      shard.examples.assign(from, from + static_cast<std::ptrdiff_t>(std::min(group, shared.size() - first)));
      std::size_t counted = 0;
      encode_captions(*encoders, shard, counted);
      f(shard.last);
    }
  };
  return stream;
}

}  // namespace mgan::sources
