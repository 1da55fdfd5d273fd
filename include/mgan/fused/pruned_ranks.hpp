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
    const auto rows = static_cast<std::int64_t>(base.images.size()),
               columns = static_cast<std::int64_t>(base.texts.size());
    const std::vector<float> centers = scorer_.centers(base.images, base.texts, parallel_for_);
    const auto image = [&](std::int64_t r) { return base.images[static_cast<std::size_t>(r)]; };
    const auto text = [&](std::int64_t c) { return base.texts[static_cast<std::size_t>(c)]; };

    // In the place of a score stands any number on its side of both own scores: that is all that ranks ask for.
    std::vector<float> standing(static_cast<std::size_t>(rows * columns));
    std::vector<std::vector<std::int64_t>> open(static_cast<std::size_t>(rows));
    parallel_for_(rows, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t r = first; r < last; ++r)
        for (std::int64_t c = 0; c < columns; ++c) {
          const std::int64_t at = r * columns + c;
          const float b = base.scores[r * base.next_image + c];
          float& stands = standing[static_cast<std::size_t>(at)] = b;
          if (ranks_.owner(text(c)) == image(r)) continue;  // counted as `own` gave it
          const kernels::Interval s =
              total(b, scorer_.first_interval(image(r), text(c), centers[static_cast<std::size_t>(at)]));
          if (ranks_.decided(image(r), text(c), s.lower, s.upper)) stands = s.lower;
          else open[static_cast<std::size_t>(r)].push_back(at);
        }
    });

    std::vector<kernels::Pair> pairs;
    std::vector<std::int64_t> places;
    std::vector<float> middle;
    for (const auto& row : open) places.insert(places.end(), row.begin(), row.end());
    for (const std::int64_t at : places) {
      pairs.push_back({static_cast<std::int32_t>(image(at / columns)), static_cast<std::int32_t>(text(at % columns))});
      middle.push_back(centers[static_cast<std::size_t>(at)]);
    }
    const auto base_at = [&](std::size_t p) {
      return base.scores[places[p] / columns * base.next_image + places[p] % columns];
    };
    std::vector<kernels::Interval> found(pairs.size());
    std::vector<std::int32_t> looked(pairs.size());
    const kernels::Pair* first = pairs.data();
    kernels::run_cascade(
        scorer_.cascade(), pairs, middle.data(),
        [&](const kernels::Pair& pair, const kernels::Interval& patch) {
          const kernels::Interval s = total(base_at(static_cast<std::size_t>(&pair - first)), patch);
          return ranks_.decided(pair.image, pair.text, s.lower, s.upper);
        },
        found.data(), looked.data(), parallel_for_);
    count(base, pairs, looked);

    std::size_t left = 0;
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      const kernels::Interval s = total(base_at(p), found[p]);
      standing[static_cast<std::size_t>(places[p])] = s.lower;
      if (ranks_.decided(pairs[p].image, pairs[p].text, s.lower, s.upper)) continue;
      pairs[left] = pairs[p];
      places[left] = places[p];
      found[left++] = found[p];
    }
    pairs.resize(left);
    const std::vector<float> patch = exact(pairs);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      require(patch[p] >= found[p].lower && patch[p] <= found[p].upper, "pruning: the score of image ", pairs[p].image,
              " and text ", pairs[p].text, " is ", patch[p], ", its bounds were ", found[p].lower, " and ",
              found[p].upper);
      standing[static_cast<std::size_t>(places[p])] = combined(base_at(p), weight_, patch[p]);
    }
    ranks_.add(ScoreBlock<float>{base.images, base.texts, standing.data(), columns});
  }

  const StreamingRanks<float>& ranks() const { return ranks_; }
  const PairCounts& counts() const { return counts_; }

 private:
  void count(const ScoreBlock<float>& base, const std::vector<kernels::Pair>& looked_at,
             const std::vector<std::int32_t>& looked) {
    const auto images = static_cast<double>(base.images.size()), texts = static_cast<double>(base.texts.size());
    for (const std::int64_t t : base.texts) counts_.all_flops += images * scorer_.flops(t, scorer_.width());
    counts_.pairs += static_cast<std::int64_t>(base.images.size() * base.texts.size());
    counts_.bound_flops += images * texts * scorer_.center_flops();
    counts_.looked += static_cast<std::int64_t>(looked_at.size());
    for (std::size_t p = 0; p < looked_at.size(); ++p)
      counts_.bound_flops += scorer_.flops(looked_at[p].text, looked[p]);
  }
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
