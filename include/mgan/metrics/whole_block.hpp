// A score matrix as one block, for what takes blocks.
#pragma once

#include <numeric>

#include "mgan/metrics/streaming_ranks.hpp"

namespace mgan {

/// scores (n_images, n_texts), row by row, which are not copied. Errors: another size, fewer than one of each, NaN.
template <std::floating_point S>
class WholeBlock {
 public:
  WholeBlock(std::span<const S> scores, std::int64_t n_images, std::int64_t n_texts)
      : scores_(scores), images_(size_of(n_images)), texts_(size_of(n_texts)) {
    require(!images_.empty() && !texts_.empty(), "retrieval: ", n_images, " images and ", n_texts,
            " texts, expected at least one of each");
    require(scores.size() % texts_.size() == 0 && scores.size() / texts_.size() == images_.size(),
            "retrieval: ", scores.size(), " scores, expected ", n_images, " images x ", n_texts, " texts");
    std::iota(images_.begin(), images_.end(), 0);
    std::iota(texts_.begin(), texts_.end(), 0);
    for (std::size_t i = 0; i < scores.size(); ++i)
      require(scores[i] == scores[i], "retrieval: the score of image ", i / texts_.size(), " and text ",
              i % texts_.size(), " is NaN");
  }

  std::int64_t images() const { return static_cast<std::int64_t>(images_.size()); }
  std::int64_t texts() const { return static_cast<std::int64_t>(texts_.size()); }
  ScoreBlock<S> block() const { return {images_, texts_, scores_.data(), texts()}; }

 private:
  static std::size_t size_of(std::int64_t n) { return n > 0 ? static_cast<std::size_t>(n) : 0; }

  std::span<const S> scores_;
  std::vector<std::int64_t> images_, texts_;
};

}  // namespace mgan
