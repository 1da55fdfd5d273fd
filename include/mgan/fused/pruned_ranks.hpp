// Ranks that need the dear score of a few pairs alone: S = base + weight * patch is narrowed only while
// it straddles the best own score of its image or of its caption. The ranks are those of brute force, to
// the last one, ties included.
#pragma once

#include "mgan/fused/bounded_block.hpp"

namespace mgan {

template <class Epilogue, class ParallelFor>
class PrunedRanks {
 public:
  PrunedRanks(const PairScorer<Epilogue>& scorer, float weight, std::int64_t n_images,
              std::span<const std::int64_t> owner, const ParallelFor& parallel_for)
      : scorer_(scorer), weight_(weight), parallel_for_(parallel_for), ranks_(n_images, owner) {
    require(scorer.images() == n_images && scorer.texts() == ranks_.texts(), "pruning: ", n_images, " images and ",
            ranks_.texts(), " texts, the scorer has ", scorer.images(), " and ", scorer.texts());
  }

  /// The own pairs of a block of base scores: every one of them is scored.
  void own(const ScoreBlock<float>& base) {
    std::vector<kernels::Pair> pairs;
    std::vector<float> bases;
    for (std::size_t r = 0; r < base.images.size(); ++r)
      for (std::size_t c = 0; c < base.texts.size(); ++c) {
        const std::int64_t i = base.images[r], t = base.texts[c];
        if (ranks_.owner(t) != i) continue;
        pairs.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(t)});
        bases.push_back(base.at(r, c));
        counts_.exact_flops += scorer_.flops(t, scorer_.width());
      }
    std::vector<float> patch(pairs.size());
    scorer_.scores(pairs, patch.data(), parallel_for_);
    counts_.scored += static_cast<std::int64_t>(pairs.size());
    for (std::size_t p = 0; p < pairs.size(); ++p) ranks_.own(pairs[p].text, combined(bases[p], weight_, patch[p]));
  }

  /// All other pairs of a block, after the own ones of its images and texts.
  void add(const ScoreBlock<float>& base) {
    BoundedBlock<Epilogue, ParallelFor> block(scorer_, base, weight_, parallel_for_);
    const auto settled = [&](std::int64_t image, std::int64_t text, float lower, float upper) {
      return ranks_.owner(text) == image || ranks_.decided(image, text, lower, upper);  // own ones are counted already
    };
    block.narrow(settled);
    block.fix(block.open(settled));
    counts_ += block.counts();
    // In the place of a score stands any number on its side of both own scores: that is all that ranks ask for.
    std::vector<float> standing(base.images.size() * base.texts.size());
    for (std::size_t at = 0; at < standing.size(); ++at)
      standing[at] = block.score(static_cast<std::int64_t>(at)).lower;
    ranks_.add(ScoreBlock<float>{base.images, base.texts, standing.data(), block.columns()});
  }

  const StreamingRanks<float>& ranks() const { return ranks_; }
  const PairCounts& counts() const { return counts_; }

 private:
  const PairScorer<Epilogue>& scorer_;
  float weight_;
  ParallelFor parallel_for_;
  StreamingRanks<float> ranks_;
  PairCounts counts_;
};

}  // namespace mgan
