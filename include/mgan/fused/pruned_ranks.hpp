// Ranks that need the dear score of a few pairs alone. S = base + weight * patch, base known for all pairs, patch
// within a certified interval that is narrowed only while it straddles the best own score of the image or of the
// caption. The ranks are those of brute force, to the last one, ties included.
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
class PrunedRanks {
 public:
  PrunedRanks(const PairScorer<Epilogue>& scorer, float weight, std::int64_t n_images,
              std::span<const std::int64_t> owner, const ParallelFor& parallel_for)
      : scorer_(scorer), weight_(weight), parallel_for_(parallel_for), ranks_(n_images, owner) {}

  /// The own pairs of a block of base scores: every one of them is scored.
  void own(const ScoreBlock<float>& base) {
    std::vector<kernels::Pair> pairs;
    std::vector<float> bases;
    each(base, [&](std::int64_t i, std::int64_t t, float b) {
      if (ranks_.owner(t) != i) return;
      pairs.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(t)});
      bases.push_back(b);
    });
    const std::vector<float> patch = exact(pairs);
    for (std::size_t p = 0; p < pairs.size(); ++p) ranks_.own(pairs[p].text, combined(bases[p], weight_, patch[p]));
  }

  /// All other pairs of a block, after the own ones of its images and texts.
  void add(const ScoreBlock<float>& base) {
    const std::vector<float> centers = scorer_.centers(base.images, base.texts, parallel_for_);
    std::vector<kernels::Pair> pairs;
    std::vector<float> bases, middle;
    std::size_t at = 0;
    each(base, [&](std::int64_t i, std::int64_t t, float b) {
      const float center = centers[at++];
      counts_.all_flops += scorer_.flops(t, scorer_.width());
      ++counts_.pairs;
      if (ranks_.owner(t) == i) return;
      counts_.bound_flops += scorer_.center_flops();
      const kernels::Interval s = total(b, scorer_.first_interval(i, t, center));
      if (ranks_.settle(i, t, s.lower, s.upper)) return;
      pairs.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(t)});
      bases.push_back(b);
      middle.push_back(center);
    });

    std::vector<kernels::Interval> found(pairs.size());
    std::vector<std::int32_t> looked(pairs.size());
    const kernels::Pair* first = pairs.data();
    kernels::run_cascade(
        scorer_.cascade(), pairs, middle.data(),
        [&](const kernels::Pair& pair, const kernels::Interval& patch) {
          const kernels::Interval s = total(bases[static_cast<std::size_t>(&pair - first)], patch);
          return ranks_.decided(pair.image, pair.text, s.lower, s.upper);
        },
        found.data(), looked.data(), parallel_for_);
    counts_.looked += static_cast<std::int64_t>(pairs.size());

    std::size_t left = 0;
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      const kernels::Interval s = total(bases[p], found[p]);
      counts_.bound_flops += scorer_.flops(pairs[p].text, looked[p]);
      if (ranks_.settle(pairs[p].image, pairs[p].text, s.lower, s.upper)) continue;
      pairs[left] = pairs[p];
      bases[left] = bases[p];
      found[left++] = found[p];
    }
    pairs.resize(left);
    const std::vector<float> patch = exact(pairs);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      require(patch[p] >= found[p].lower && patch[p] <= found[p].upper, "pruning: the score of image ", pairs[p].image,
              " and text ", pairs[p].text, " is ", patch[p], ", its bounds were ", found[p].lower, " and ",
              found[p].upper);
      ranks_.add(pairs[p].image, pairs[p].text, combined(bases[p], weight_, patch[p]));
    }
  }

  const StreamingRanks<float>& ranks() const { return ranks_; }
  const PairCounts& counts() const { return counts_; }

 private:
  template <class F>
  static void each(const ScoreBlock<float>& block, const F& f) {
    for (std::size_t r = 0; r < block.images.size(); ++r)
      for (std::size_t c = 0; c < block.texts.size(); ++c) f(block.images[r], block.texts[c], block.at(r, c));
  }
  kernels::Interval total(float base, const kernels::Interval& patch) const {
    const float a = combined(base, weight_, patch.lower), b = combined(base, weight_, patch.upper);
    return {std::min(a, b), std::max(a, b)};  // rounding is monotone
  }
  std::vector<float> exact(const std::vector<kernels::Pair>& pairs) {
    std::vector<float> scores(pairs.size());
    scorer_.scores(pairs, scores.data(), parallel_for_);
    counts_.scored += static_cast<std::int64_t>(pairs.size());
    for (const kernels::Pair& pair : pairs) counts_.exact_flops += scorer_.flops(pair.text, scorer_.width());
    return scores;
  }

  const PairScorer<Epilogue>& scorer_;
  float weight_;
  ParallelFor parallel_for_;
  StreamingRanks<float> ranks_;
  PairCounts counts_;
};

}  // namespace mgan
