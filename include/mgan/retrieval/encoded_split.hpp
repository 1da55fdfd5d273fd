// A whole split: every image and caption prepared once, all pairs scored block by block. What validation and evaluation
// do with any module of the contract, any tensor library, and data of any size.
//
//     const auto split = encode_split(images, owner,                   // owner (texts): the image of each caption
//         [&](const auto& which) { return model.prepare_images(batch_of(which)); },
//         [&](const auto& which) { return model.prepare_texts(tokens_of(which)); });
//     const ScoreMatrix s = score_split(split, [&](const auto& i, const auto& t) { return score_all(model, i, t); });
//     s.metrics().rsum();
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/host.hpp"
#include "mgan/metrics/folds.hpp"
#include "mgan/metrics/retrieval.hpp"

namespace mgan {

/// A prepared batch, and the places of its images or captions in the data set.
template <class State>
struct StateBlock {
  std::vector<std::int64_t> which;
  State state;
};

/// Everything that is scored. No block of images crosses a fold, and the captions of a block of texts are those of one
/// block of images, its `home`.
template <class ImageState, class TextState>
struct EncodedSplit {
  std::vector<StateBlock<ImageState>> image_blocks;
  std::vector<StateBlock<TextState>> text_blocks;
  std::vector<std::size_t> home;    // of every text block
  std::vector<std::int64_t> owner;  // (texts)
  std::int64_t images = 0;
};

/// How a split is cut. With `length`, captions of like length share a block, so that short ones do not pay for long.
struct SplitBlocks {
  std::int64_t images_a_block = 100, texts_a_block = 250;
  std::int64_t fold = 0;  // images a fold; 0: one
  std::function<std::int64_t(std::int64_t text)> length = {};
};

/// What a split is cut into: places of the images, or of the captions, that are prepared together.
struct SplitPlaces {
  std::vector<std::vector<std::int64_t>> image_blocks, text_blocks;
  std::vector<std::size_t> home;  // of every text block
};

/// Of images 0 .. images - 1 and all captions whose `owner` (texts) is one of them. Errors: an owner that is no image.
inline SplitPlaces split_places(std::int64_t images, const std::vector<std::int64_t>& owner,
                                const SplitBlocks& blocks = {}) {
  using Places = std::vector<std::int64_t>;
  require(blocks.images_a_block >= 1 && blocks.texts_a_block >= 1, "split_places: blocks of ", blocks.images_a_block,
          " images and ", blocks.texts_a_block, " texts, expected at least 1 of each");
  SplitPlaces split;
  std::vector<Places> of_image(static_cast<std::size_t>(images));  // captions
  for (std::size_t t = 0; t < owner.size(); ++t) {
    const std::int64_t image = owner[t];
    require(image >= 0 && image < images, "split_places: caption ", t, " belongs to image ", image, " of ", images);
    of_image[static_cast<std::size_t>(image)].push_back(static_cast<std::int64_t>(t));
  }
  const auto step = static_cast<std::size_t>(blocks.texts_a_block);
  for (std::int64_t begin = 0, end; begin < images; begin = end) {
    end = std::min(images, begin + blocks.images_a_block);
    if (blocks.fold > 0) end = std::min(end, (begin / blocks.fold + 1) * blocks.fold);
    Places some(static_cast<std::size_t>(end - begin)), texts;
    std::iota(some.begin(), some.end(), begin);
    for (const std::int64_t i : some) {
      const Places& own = of_image[static_cast<std::size_t>(i)];
      texts.insert(texts.end(), own.begin(), own.end());
    }
    if (blocks.length) {
      std::stable_sort(texts.begin(), texts.end(),
                       [&](std::int64_t a, std::int64_t b) { return blocks.length(a) < blocks.length(b); });
    }
    for (std::size_t first = 0; first < texts.size(); first += step) {
      const auto from = texts.begin() + static_cast<std::ptrdiff_t>(first);
      split.text_blocks.emplace_back(from, from + static_cast<std::ptrdiff_t>(std::min(step, texts.size() - first)));
      split.home.push_back(split.image_blocks.size());
    }
    split.image_blocks.push_back(std::move(some));
  }
  return split;
}

namespace detail {

/// Every block prepared by `prepare`, which takes places and returns a state.
template <class Prepare>
auto prepared_blocks(const std::vector<std::vector<std::int64_t>>& places, const Prepare& prepare) {
  std::vector<StateBlock<std::remove_cvref_t<decltype(prepare(places[0]))>>> blocks;
  for (const auto& which : places) blocks.push_back({which, prepare(which)});
  return blocks;
}

}  // namespace detail

/// Prepares images 0 .. images - 1 and all captions whose `owner` (texts) is one of them; both functions take places in
/// the data set and return a state. Errors: an owner that is no image.
template <class PrepareImages, class PrepareTexts>
auto encode_split(std::int64_t images, std::vector<std::int64_t> owner, const PrepareImages& states_of_images,
                  const PrepareTexts& states_of_texts, const SplitBlocks& blocks = {}) {
  using Places = std::vector<std::int64_t>;
  using ImageState = std::remove_cvref_t<decltype(states_of_images(std::declval<const Places&>()))>;
  using TextState = std::remove_cvref_t<decltype(states_of_texts(std::declval<const Places&>()))>;
  SplitPlaces places = split_places(images, owner, blocks);
  return EncodedSplit<ImageState, TextState>{detail::prepared_blocks(places.image_blocks, states_of_images),
                                             detail::prepared_blocks(places.text_blocks, states_of_texts),
                                             std::move(places.home), std::move(owner), images};
}

/// f(block of images, block of texts) for every pair of blocks, texts outermost.
template <class ImageState, class TextState, class F>
void each_block(const EncodedSplit<ImageState, TextState>& split, const F& f) {
  for (const auto& texts : split.text_blocks)
    for (const auto& images : split.image_blocks) f(images, texts);
}

/// The same of a split that is encoded on the way: images first, then a block of texts at a time, which is forgotten
/// once it is scored. Five captions an image are most of what a split takes in memory.
template <class PrepareImages, class PrepareTexts, class F>
void encode_each_block(std::int64_t images, const std::vector<std::int64_t>& owner,
                       const PrepareImages& states_of_images, const PrepareTexts& states_of_texts, const F& f,
                       const SplitBlocks& blocks = {}) {
  const SplitPlaces places = split_places(images, owner, blocks);
  const auto image_blocks = detail::prepared_blocks(places.image_blocks, states_of_images);
  using TextState = std::remove_cvref_t<decltype(states_of_texts(places.text_blocks[0]))>;
  for (const auto& which : places.text_blocks) {
    const StateBlock<TextState> texts{which, states_of_texts(which)};
    for (const auto& some : image_blocks) f(some, texts);
  }
}

/// S (images, texts), both in the order of the data set, row by row.
struct ScoreMatrix {
  std::vector<float> values;
  std::int64_t images = 0;
  std::vector<std::int64_t> owner;  // (texts)

  std::int64_t texts() const { return static_cast<std::int64_t>(owner.size()); }
  /// Recalls and ranks of both directions; with a fold, their mean over folds of so many images.
  RetrievalMetrics metrics(Ties ties = Ties::pessimistic, std::int64_t fold = 0) const {
    const std::span<const float> scores(values);
    return fold == 0 ? retrieval_metrics(scores, images, texts(), owner, ties)
                     : folded_metrics(scores, images, texts(), owner, fold, ties);
  }
};

/// The whole matrix; `score_block` takes two states of blocks, (I) images and (T) captions, and returns (I, T).
template <class ImageState, class TextState, class Score>
ScoreMatrix score_split(const EncodedSplit<ImageState, TextState>& split, const Score& score_block) {
  ScoreMatrix matrix{{}, split.images, split.owner};
  const auto T = split.owner.size();
  matrix.values.resize(static_cast<std::size_t>(split.images) * T);
  each_block(split, [&](const auto& images, const auto& texts) {
    const HostArray block = to_host(score_block(images.state, texts.state));  // (I, T)
    const Shape expected{static_cast<std::int64_t>(images.which.size()), static_cast<std::int64_t>(texts.which.size())};
    require(block.shape == expected, "score_split: the scores of a block are ", block.shape, ", expected ", expected);
    std::size_t next = 0;
    for (const std::int64_t i : images.which)
      for (const std::int64_t t : texts.which)
        matrix.values[static_cast<std::size_t>(i) * T + static_cast<std::size_t>(t)] =
            static_cast<float>(block.values[next++]);
  });
  return matrix;
}

}  // namespace mgan
