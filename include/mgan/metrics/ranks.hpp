// Where every query finds its own: image -> text and text -> image ranks of a score matrix (images, texts).
//
// Scores are any contiguous range of float or double, row by row: a vector, a span, an array of another library's
// numbers.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"

namespace mgan {

template <class X>
using score_in = std::remove_cvref_t<decltype(*std::declval<const X&>().data())>;
template <class X>
concept ScoreRange = std::floating_point<score_in<X>> && requires(const X& scores) {
  static_cast<std::size_t>(scores.size());
};

/// What one query sees: other candidates, not its own, against the best of its own.
struct Rank {
  std::int64_t above = 0;  ///< others with a larger score
  std::int64_t tied = 0;   ///< others with the same score
  std::int64_t own = 1;    ///< own candidates that share the best score

  /// Zero-based, every tie lost: the number of others with a score at least as large.
  std::int64_t pessimistic() const { return above + tied; }

  /// Zero-based, the mean over all orders of the tied candidates: `own` best ones split the tied into own + 1 equal
  /// parts.
  double expected() const {
    return static_cast<double>(above) + static_cast<double>(tied) / static_cast<double>(own + 1);
  }
};

using Ranks = std::vector<Rank>;

/// Throws unless `owner` (n_texts) names the image of each text, in any order, every image at least once.
inline void check_owners(std::int64_t n_images, std::span<const std::int64_t> owner) {
  std::vector<bool> owns(static_cast<std::size_t>(n_images), false);
  for (std::size_t t = 0; t < owner.size(); ++t) {
    require(owner[t] >= 0 && owner[t] < n_images, "retrieval: text ", t, " belongs to image ", owner[t], " of ",
            n_images, " images");
    owns[static_cast<std::size_t>(owner[t])] = true;
  }
  for (std::size_t i = 0; i < owns.size(); ++i)
    require(owns[i], "retrieval: image ", i, " of ", n_images, " has no text");
}

/// Throws unless scores is (n_images, n_texts) without NaN, at least (1, 1), and check_owners(n_images, owner).
template <ScoreRange X>
void check_scores(const X& scores, std::int64_t n_images, std::int64_t n_texts, std::span<const std::int64_t> owner) {
  require(n_images > 0 && n_texts > 0, "retrieval: ", n_images, " images and ", n_texts,
          " texts, expected at least one of each");
  const auto images = static_cast<std::size_t>(n_images), texts = static_cast<std::size_t>(n_texts);
  const auto size = static_cast<std::size_t>(scores.size());
  require(size % texts == 0 && size / texts == images, "retrieval: ", size, " scores, expected ", n_images,
          " images x ", n_texts, " texts");
  require(owner.size() == texts, "retrieval: ", owner.size(), " owners for ", n_texts, " texts");
  check_owners(n_images, owner);

  const auto* all = scores.data();
  for (std::size_t i = 0; i < images; ++i) {
    bool nan = false;
    for (std::size_t t = 0; t < texts; ++t) nan |= all[i * texts + t] != all[i * texts + t];
    for (std::size_t t = 0; nan && t < texts; ++t) {
      require(all[i * texts + t] == all[i * texts + t], "retrieval: the score of image ", i, " and text ", t,
              " is NaN");
    }
  }
}

namespace detail {

template <ScoreRange X>
Ranks image_to_text_ranks(const X& scores, std::size_t images, std::size_t texts, std::span<const std::int64_t> owner) {
  const auto* values = scores.data();
  using S = std::remove_cvref_t<decltype(*values)>;
  std::vector<S> best(images, -std::numeric_limits<S>::infinity());
  std::vector<std::int64_t> own(images, 0);
  for (std::size_t t = 0; t < texts; ++t) {
    const auto i = static_cast<std::size_t>(owner[t]);
    const S score = values[i * texts + t];
    if (score > best[i]) own[i] = 0;
    if (score >= best[i]) {
      best[i] = score;
      ++own[i];
    }
  }
  Ranks ranks(images);
  for (std::size_t i = 0; i < images; ++i) {
    std::int64_t above = 0, equal = 0;
    for (std::size_t t = 0; t < texts; ++t) {
      above += values[i * texts + t] > best[i];
      equal += values[i * texts + t] == best[i];
    }
    ranks[i] = {above, equal - own[i], own[i]};
  }
  return ranks;
}

template <ScoreRange X>
Ranks text_to_image_ranks(const X& scores, std::size_t images, std::size_t texts, std::span<const std::int64_t> owner) {
  const auto* values = scores.data();
  using S = std::remove_cvref_t<decltype(*values)>;
  std::vector<S> own(texts);
  for (std::size_t t = 0; t < texts; ++t) own[t] = values[static_cast<std::size_t>(owner[t]) * texts + t];
  std::vector<std::int32_t> above(texts, 0), equal(texts, 0);
  for (std::size_t i = 0; i < images; ++i) {  // rows, so that memory is read in order
    for (std::size_t t = 0; t < texts; ++t) {
      above[t] += values[i * texts + t] > own[t];
      equal[t] += values[i * texts + t] == own[t];
    }
  }
  Ranks ranks(texts);
  for (std::size_t t = 0; t < texts; ++t) ranks[t] = {above[t], equal[t] - 1, 1};
  return ranks;
}

}  // namespace detail

/// Every image against all texts, its own being those with `owner` = the image: (n_images). Errors as check_scores.
template <ScoreRange X>
Ranks image_to_text_ranks(const X& scores, std::int64_t n_images, std::int64_t n_texts,
                          std::span<const std::int64_t> owner) {
  check_scores(scores, n_images, n_texts, owner);
  return detail::image_to_text_ranks(scores, static_cast<std::size_t>(n_images), static_cast<std::size_t>(n_texts),
                                     owner);
}

/// Every text against all images, its own being `owner[text]`: (n_texts). Errors as check_scores.
template <ScoreRange X>
Ranks text_to_image_ranks(const X& scores, std::int64_t n_images, std::int64_t n_texts,
                          std::span<const std::int64_t> owner) {
  check_scores(scores, n_images, n_texts, owner);
  return detail::text_to_image_ranks(scores, static_cast<std::size_t>(n_images), static_cast<std::size_t>(n_texts),
                                     owner);
}

}  // namespace mgan
