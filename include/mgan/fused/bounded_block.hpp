// The scores of a block of pairs as far as something depends on them: S = base + weight * patch, base known, patch
// within a certified interval. Centers give the first interval, heads narrow it, the exact score ends it.
//
// Whoever asks says when a pair is settled: settled(image, text, lower, upper) of S, called on any thread.
#pragma once

#include "mgan/fused/pair_scorer.hpp"
#include "mgan/metrics/streaming_ranks.hpp"

namespace mgan {

/// base + weight * patch as two operations in single precision, as a tensor library does them; never a fused one.
inline float combined(float base, float weight, float patch) {
  const volatile float weighted = weight * patch;
  return base + weighted;
}

template <class Epilogue, class ParallelFor>
class BoundedBlock {
 public:
  /// What `base` points to, and `scorer`, have to outlive the block. Place r * texts + c is the pair of images[r] and
  /// texts[c]. Errors: an image or text that the scorer does not have, a base score that is NaN.
  BoundedBlock(const PairScorer<Epilogue>& scorer, const ScoreBlock<float>& base, float weight,
               const ParallelFor& parallel_for)
      : scorer_(scorer),
        base_(base),
        weight_(weight),
        parallel_for_(parallel_for),
        columns_(static_cast<std::int64_t>(base.texts.size())),
        centers_(checked(scorer, base).centers(base.images, base.texts, parallel_for)),
        patch_(base.images.size() * base.texts.size()) {
    parallel_for(rows(), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t at = first * columns_; at < last * columns_; ++at)
        patch_[index(at)] = scorer.first_interval(image(at), text(at), centers_[index(at)]);
    });
    counts_.pairs = rows() * columns_;
    counts_.bound_flops = static_cast<double>(counts_.pairs) * scorer.center_flops();
    for (const std::int64_t t : base.texts)
      counts_.all_flops += static_cast<double>(rows()) * scorer.flops(t, scorer.width());
  }

  std::int64_t rows() const { return static_cast<std::int64_t>(base_.images.size()); }
  std::int64_t columns() const { return columns_; }
  std::int64_t image(std::int64_t at) const { return base_.images[index(at / columns_)]; }
  std::int64_t text(std::int64_t at) const { return base_.texts[index(at % columns_)]; }
  /// The patch score, or what is known of it.
  const kernels::Interval& patch(std::int64_t at) const { return patch_[index(at)]; }
  bool known(std::int64_t at) const { return patch(at).lower == patch(at).upper; }
  /// The whole score, or what is known of it.
  kernels::Interval score(std::int64_t at) const { return total(at, patch(at)); }
  const PairCounts& counts() const { return counts_; }

  /// Places of the pairs that are neither known nor settled, in order.
  template <class Settled>
  std::vector<std::int64_t> open(const Settled& settled) const {
    std::vector<std::vector<std::int64_t>> of_row(base_.images.size());
    parallel_for_(rows(), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t at = first * columns_; at < last * columns_; ++at) {
        const kernels::Interval s = score(at);
        if (!known(at) && !settled(image(at), text(at), s.lower, s.upper)) of_row[index(at / columns_)].push_back(at);
      }
    });
    std::vector<std::int64_t> places;
    for (const auto& some : of_row) places.insert(places.end(), some.begin(), some.end());
    return places;
  }

  /// More and more dimensions of the heads for every open pair, until it is settled or they end.
  template <class Settled>
  void narrow(const Settled& settled) {
    const std::vector<std::int64_t> places = open(settled);
    const std::vector<kernels::Pair> pairs = pairs_at(places);
    std::vector<float> middle(places.size());
    for (std::size_t p = 0; p < places.size(); ++p) middle[p] = centers_[index(places[p])];
    std::vector<kernels::Interval> found(places.size());
    std::vector<std::int32_t> looked(places.size());
    const kernels::Pair* first = pairs.data();
    kernels::run_cascade(
        scorer_.cascade(), pairs, middle.data(),
        [&](const kernels::Pair& pair, const kernels::Interval& patch) {
          const std::int64_t at = places[static_cast<std::size_t>(&pair - first)];
          const kernels::Interval s = total(at, both(this->patch(at), patch));
          return settled(pair.image, pair.text, s.lower, s.upper);
        },
        found.data(), looked.data(), parallel_for_);
    counts_.looked += static_cast<std::int64_t>(places.size());
    for (std::size_t p = 0; p < places.size(); ++p) {
      kernels::Interval& known = patch_[index(places[p])];
      known = both(known, found[p]);
      require(known.lower <= known.upper, "pruning: image ", pairs[p].image, " and text ", pairs[p].text,
              " have no score within all of their bounds");
      counts_.bound_flops += scorer_.flops(pairs[p].text, looked[p]);
    }
  }

  /// Exact scores at these places. A score outside its bounds is an error.
  void fix(const std::vector<std::int64_t>& places) {
    const std::vector<kernels::Pair> pairs = pairs_at(places);
    std::vector<float> patch(pairs.size());
    scorer_.scores(pairs, patch.data(), parallel_for_);
    counts_.scored += static_cast<std::int64_t>(pairs.size());
    for (std::size_t p = 0; p < places.size(); ++p) {
      kernels::Interval& known = patch_[index(places[p])];
      require(patch[p] >= known.lower && patch[p] <= known.upper, "pruning: the score of image ", pairs[p].image,
              " and text ", pairs[p].text, " is ", patch[p], ", its bounds were ", known.lower, " and ", known.upper);
      known = {patch[p], patch[p]};
      counts_.exact_flops += scorer_.flops(pairs[p].text, scorer_.width());
    }
  }

 private:
  static std::size_t index(std::int64_t at) { return static_cast<std::size_t>(at); }
  static const PairScorer<Epilogue>& checked(const PairScorer<Epilogue>& scorer, const ScoreBlock<float>& base) {
    for (const std::int64_t i : base.images)
      require(i >= 0 && i < scorer.images(), "pruning: image ", i, " of ", scorer.images());
    for (const std::int64_t t : base.texts)
      require(t >= 0 && t < scorer.texts(), "pruning: text ", t, " of ", scorer.texts());
    for (std::size_t r = 0; r < base.images.size(); ++r)
      for (std::size_t c = 0; c < base.texts.size(); ++c)
        require(base.at(r, c) == base.at(r, c), "pruning: the base score of image ", base.images[r], " and text ",
                base.texts[c], " is NaN");
    return scorer;
  }
  static kernels::Interval both(const kernels::Interval& a, const kernels::Interval& b) {
    return {std::max(a.lower, b.lower), std::min(a.upper, b.upper)};
  }
  std::vector<kernels::Pair> pairs_at(const std::vector<std::int64_t>& places) const {
    std::vector<kernels::Pair> pairs;
    for (const std::int64_t at : places)
      pairs.push_back({static_cast<std::int32_t>(image(at)), static_cast<std::int32_t>(text(at))});
    return pairs;
  }
  kernels::Interval total(std::int64_t at, const kernels::Interval& patch) const {
    const float base = base_.at(index(at / columns_), index(at % columns_));
    const float a = combined(base, weight_, patch.lower), b = combined(base, weight_, patch.upper);
    return {std::min(a, b), std::max(a, b)};  // rounding is monotone
  }

  const PairScorer<Epilogue>& scorer_;
  ScoreBlock<float> base_;
  float weight_;
  ParallelFor parallel_for_;
  std::int64_t columns_;
  std::vector<float> centers_;
  std::vector<kernels::Interval> patch_;
  PairCounts counts_;
};

}  // namespace mgan
