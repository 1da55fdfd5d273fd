// Ranks and the best k of all pairs where a module bounds its scores (alignment/score_bounds.hpp): a pair is scored
// only where its bounds leave something open. The results are those of retrieval/streaming.hpp, ties included.
//
// Prepared samples come as lists. fused/pruned_ranks.hpp does the same for patch scores by kernels, many times faster.
#pragma once

#include "mgan/alignment/score_bounds.hpp"
#include "mgan/retrieval/streaming.hpp"

namespace mgan {

/// How many pairs there were, and how many had to be scored.
struct PairTally {
  std::int64_t pairs = 0, scored = 0;
};
struct PrunedRanking {
  StreamingRanks<double> ranks;
  PairTally tally;
};
struct PrunedBest {
  StreamingTopK<double> best;
  PairTally tally;
};

namespace detail {

/// Scores and bounds of listed samples; a score that is outside its bounds is an error.
template <class M, class Image, class Text>
class BoundedPairs {
 public:
  BoundedPairs(const M& module, const std::vector<Image>& images, const std::vector<Text>& texts)
      : module_(module), images_(images), texts_(texts) {
    for (const Image& image : images) image_sketches_.push_back(sketch_image(module, image));
    for (const Text& text : texts) text_sketches_.push_back(sketch_text(module, text));
    tally.pairs = this->images() * this->texts();
  }
  std::int64_t images() const { return static_cast<std::int64_t>(images_.size()); }
  std::int64_t texts() const { return static_cast<std::int64_t>(texts_.size()); }

  ScoreBounds bounds(std::int64_t i, std::int64_t t) const {
    return module_.score_bounds(image_sketches_[static_cast<std::size_t>(i)],
                                text_sketches_[static_cast<std::size_t>(t)]);
  }
  double exact(std::int64_t i, std::int64_t t, const ScoreBounds& known = {}) {
    ++tally.scored;
    const double s =
        static_cast<double>(score(module_, images_[static_cast<std::size_t>(i)], texts_[static_cast<std::size_t>(t)]));
    require(known.holds(s), "pruning: the score of image ", i, " and text ", t, " is ", s, ", its bounds were ",
            known.lower, " and ", known.upper);
    return s;
  }
  PairTally tally;

 private:
  const M& module_;
  const std::vector<Image>& images_;
  const std::vector<Text>& texts_;
  std::vector<decltype(sketch_image(std::declval<const M&>(), std::declval<const Image&>()))> image_sketches_;
  std::vector<decltype(sketch_text(std::declval<const M&>(), std::declval<const Text&>()))> text_sketches_;
};

}  // namespace detail

/// Ranks of both directions from prepared lists; `owner` (texts) is the image of each text. Own pairs are scored; of
/// the others those whose bounds hold the own score of their image or of their text.
template <class M, class Image, class Text>
PrunedRanking pruned_ranks(const M& module, const std::vector<Image>& images, const std::vector<Text>& texts,
                           std::span<const std::int64_t> owner) {
  require_bounds<M, Image, Text>();
  require(owner.size() == texts.size(), "retrieval: ", owner.size(), " owners for ", texts.size(), " texts");
  PrunedRanking result{StreamingRanks<double>(static_cast<std::int64_t>(images.size()), owner), {}};
  if constexpr (BoundsScores<M, Image, Text>) {
    detail::BoundedPairs pairs(module, images, texts);
    for (std::int64_t t = 0; t < pairs.texts(); ++t)
      result.ranks.own(t, pairs.exact(result.ranks.owner(t), t, pairs.bounds(result.ranks.owner(t), t)));
    for (std::int64_t i = 0; i < pairs.images(); ++i)
      for (std::int64_t t = 0; t < pairs.texts(); ++t) {
        if (result.ranks.owner(t) == i) continue;
        const ScoreBounds s = pairs.bounds(i, t);
        if (!result.ranks.settle(i, t, s.lower, s.upper)) result.ranks.add(i, t, pairs.exact(i, t, s));
      }
    result.tally = pairs.tally;
  }
  return result;
}

/// The best k captions of every image and images of every caption. The images of a caption are tried in the order of
/// their upper bounds.
template <class M, class Image, class Text>
PrunedBest pruned_top_k(const M& module, const std::vector<Image>& images, const std::vector<Text>& texts,
                        std::int64_t k) {
  require_bounds<M, Image, Text>();
  const auto n_images = static_cast<std::int64_t>(images.size()), T = static_cast<std::int64_t>(texts.size());
  PrunedBest result{StreamingTopK<double>(n_images, T, k), {}};
  if constexpr (BoundsScores<M, Image, Text>) {
    detail::BoundedPairs pairs(module, images, texts);
    auto& [of_image, of_text] = result.best;
    std::vector<std::pair<ScoreBounds, std::int64_t>> order;
    for (std::int64_t t = 0; t < T; ++t) {
      order.clear();
      for (std::int64_t i = 0; i < n_images; ++i) order.emplace_back(pairs.bounds(i, t), i);
      std::stable_sort(order.begin(), order.end(),
                       [](const auto& a, const auto& b) { return a.first.upper > b.first.upper; });
      for (const auto& [s, i] : order) {
        if (of_text.excludes(t, i, s.upper) && of_image.excludes(i, t, s.upper)) continue;
        const double exact = pairs.exact(i, t, s);
        of_text.add(t, i, exact);
        of_image.add(i, t, exact);
      }
    }
    result.tally = pairs.tally;
  }
  return result;
}

}  // namespace mgan
