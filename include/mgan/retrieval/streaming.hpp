// Ranks and the best k of all pairs for any module of the contract, in memory of O(images + texts) and one tile.
#pragma once

#include <numeric>

#include "mgan/core/host.hpp"
#include "mgan/metrics/streaming_relevance.hpp"
#include "mgan/metrics/streaming_top_k.hpp"
#include "mgan/retrieval/score_blocks.hpp"

namespace mgan {
namespace detail {

/// A tile as the metrics take it.
struct HostBlock {
  std::vector<std::int64_t> images, texts;
  HostArray scores;

  template <class Scores>
  HostBlock(std::int64_t image, std::int64_t text, const Scores& tile) : scores(to_host(tile)) {
    images.resize(static_cast<std::size_t>(scores.shape.at(0)));
    texts.resize(static_cast<std::size_t>(scores.shape.at(1)));
    std::iota(images.begin(), images.end(), image);
    std::iota(texts.begin(), texts.end(), text);
  }
  ScoreBlock<double> block() const {
    return {images, texts, scores.values.data(), static_cast<std::int64_t>(texts.size())};
  }
};

}  // namespace detail

/// Ranks of both directions from prepared sides: the numbers of `retrieval_metrics` on the whole matrix, ties included.
/// `owner` (texts) is the image of each text. Tiles that have own pairs are scored twice, the first time for these
/// alone: one tile in I / tile.images where captions come in the order of their images.
template <class M, class Images, class Texts>
StreamingRanks<double> stream_ranks(const M& module, const Images& images, const Texts& texts,
                                    std::span<const std::int64_t> owner, Tile tile = {64, 256}) {
  const std::int64_t n_images = detail::state_count(images), T = detail::state_count(texts);
  require(static_cast<std::int64_t>(owner.size()) == T, "retrieval: ", owner.size(), " owners for ", T, " texts");
  StreamingRanks<double> ranks(n_images, owner);
  detail::each_tile(n_images, T, tile, [&](const auto& at) {
    const auto some = owner.subspan(static_cast<std::size_t>(at.text), static_cast<std::size_t>(at.texts));
    if (std::any_of(some.begin(), some.end(),
                    [&](std::int64_t image) { return image >= at.image && image < at.image + at.images; })) {
      ranks.own(detail::HostBlock(at.image, at.text, detail::score_tile(module, images, texts, at)).block());
    }
  });
  score_blocks(module, images, texts, tile, [&](std::int64_t image, std::int64_t text, const auto& scores) {
    ranks.add(detail::HostBlock(image, text, scores).block());
  });
  return ranks;
}

/// Figures of one direction by lists of right answers: the numbers of `relevance_figures` on the whole matrix. Tiles
/// that have right pairs are scored twice.
template <class M, class Images, class Texts>
StreamingRelevance<double> stream_relevance(const M& module, const Images& images, const Texts& texts,
                                            Direction direction, const Relevance& relevance, Tile tile = {64, 256}) {
  const std::int64_t n_images = detail::state_count(images), T = detail::state_count(texts);
  require(relevance.queries() == query_of(direction, n_images, T) &&
              relevance.candidates() == candidate_of(direction, n_images, T),
          "relevance: lists of ", relevance.queries(), " queries and ", relevance.candidates(), " candidates, ",
          name_of(direction), " of ", n_images, " images and ", T, " texts");
  StreamingRelevance<double> figures(direction, relevance);
  detail::each_tile(n_images, T, tile, [&](const auto& at) {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(at.images)), columns(static_cast<std::size_t>(at.texts));
    std::iota(rows.begin(), rows.end(), at.image);
    std::iota(columns.begin(), columns.end(), at.text);
    if (figures.has_own(rows, columns))
      figures.own(detail::HostBlock(at.image, at.text, detail::score_tile(module, images, texts, at)).block());
  });
  score_blocks(module, images, texts, tile, [&](std::int64_t image, std::int64_t text, const auto& scores) {
    figures.add(detail::HostBlock(image, text, scores).block());
  });
  return figures;
}

/// The best k captions of every image and images of every caption, from prepared sides.
template <class M, class Images, class Texts>
StreamingTopK<double> stream_top_k(const M& module, const Images& images, const Texts& texts, std::int64_t k,
                                   Tile tile = {64, 256}) {
  StreamingTopK<double> best(detail::state_count(images), detail::state_count(texts), k);
  score_blocks(module, images, texts, tile, [&](std::int64_t image, std::int64_t text, const auto& scores) {
    best.add(detail::HostBlock(image, text, scores).block());
  });
  return best;
}

}  // namespace mgan
