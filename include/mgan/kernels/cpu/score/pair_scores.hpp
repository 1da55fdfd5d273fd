// The scores of a list of pairs, the bits of the sweep: 16 pairs of captions of one length fill the
// lanes of an epilogue.
//
// Pairs of one caption are best listed together: its words then stay in the cache, while one image after the
// other passes by.
#pragma once

#include <array>
#include <numeric>
#include <span>

#include "mgan/kernels/cpu/product/pair_product.hpp"
#include "mgan/kernels/cpu/score/sweep.hpp"

namespace mgan::kernels {

/// Pairs order[begin] .. order[end - 1], at most 16, of captions of n words.
struct PairBatch {
  std::int64_t begin, end, words;
};
struct PairBatches {
  List<std::int64_t> order;
  List<PairBatch> batches;

  std::int64_t longest() const { return batches.empty() ? 0 : batches.back().words; }
};

/// words_of(p): of the caption of pair p. Pairs of one length stay in their order.
template <class Words>
PairBatches batches_of(std::int64_t pairs, const Words& words_of) {
  PairBatches of{List<std::int64_t>::of(pairs), {}};
  std::iota(of.order.begin(), of.order.end(), std::int64_t{0});
  std::stable_sort(of.order.begin(), of.order.end(), [&](auto a, auto b) { return words_of(a) < words_of(b); });
  for (std::int64_t at = 0; at < pairs; ++at) {
    const std::int64_t n = words_of(of.order[at]);
    if (of.batches.empty() || of.batches.back().words != n || at - of.batches.back().begin == lanes)
      of.batches.push_back({at, at, n});
    ++of.batches.back().end;
  }
  return of;
}

/// Both sides, and what the products of a batch need.
struct PairProducts {
  const ListedImages& images;
  const ListedTexts& texts;
  float* work;  // workspace(...) floats

  static std::int64_t workspace(const ListedImages& images, std::int64_t longest) {
    return lanes * longest * images.padded();
  }

  /// C[word][k][16 lanes] of `count` pairs of captions of n words; the other lanes repeat the last.
  template <int W>
  [[gnu::always_inline]] void gather(const std::array<Pair, lanes>& pairs, std::int64_t count, std::int64_t n,
                                     float* c) const {
    const std::int64_t K = images.rows, padded = images.padded();
    const float* from[lanes];
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      float* product = work + std::min(lane, count - 1) * n * padded;
      from[lane] = product;
      const Pair& pair = pairs[static_cast<std::size_t>(lane)];
      if (lane < count) pair_product<W>(images, pair.image, texts, pair.text, 0, images.width, product);
    }
    for (std::int64_t l = 0; l < n; ++l) {
      interleave(from, lanes, K, c + l * K * lanes, lanes);
      for (const float*& row : from) row += padded;
    }
  }
};

namespace detail {

template <class Epilogue>
struct PairScoresTask {
  const PairProducts products;
  const Epilogue& epilogue;
  std::span<const Pair> pairs;
  const PairBatches& of;
  std::int64_t begin, end;  // batches
  float* scores;            // of all pairs
  float *tile, *scratch;

  template <Target target>
  [[gnu::always_inline]] void run() const {
    constexpr int W = width_of(target);
    for (std::int64_t b = begin; b < end; ++b) {
      const PairBatch& batch = of.batches[b];
      const std::int64_t* which = of.order.data() + batch.begin;
      const std::int64_t count = batch.end - batch.begin;
      std::array<Pair, lanes> some;
      for (std::int64_t lane = 0; lane < count; ++lane)
        some[static_cast<std::size_t>(lane)] = pairs.data()[which[lane]];
      products.gather<W>(some, count, batch.words, tile);
      alignas(64) float score[lanes];
      epilogue.template finish<W>(tile, products.images.rows, batch.words, score, scratch);
      for (std::int64_t lane = 0; lane < count; ++lane) scores[which[lane]] = score[lane];
    }
  }
};

}  // namespace detail

/// scores[p] of every pair. `parallel_for` as for `sweep`.
template <class Epilogue, class ParallelFor>
void pair_scores(const ListedImages& images, const ListedTexts& texts, const Epilogue& epilogue,
                 std::span<const Pair> pairs, float* scores, const ParallelFor& parallel_for,
                 Target target = best_target()) {
  require(images.width == texts.width, "pair_scores: images of width ", images.width, ", captions of width ",
          texts.width);
  const PairBatches of = batches_of(static_cast<std::int64_t>(pairs.size()),
                                    [&](std::int64_t p) { return texts.lengths[pairs.data()[p].text]; });
  parallel_for(of.batches.count(), [&](std::int64_t begin, std::int64_t end) {
    Buffer products(PairProducts::workspace(images, of.longest()));
    Buffer tile(of.longest() * images.rows * lanes), scratch(Epilogue::scratch(images.rows, of.longest()));
    run_on(target,
           detail::PairScoresTask<Epilogue>{
               {images, texts, products.data()}, epilogue, pairs, of, begin, end, scores, tile.data(), scratch.data()});
  });
}

/// Writes the scores of listed pairs to their places in S.
inline void place(const std::vector<Pair>& list, const float* of_pairs, float* scores, std::int64_t next_image) {
  for (const Pair& p : list) scores[p.image * next_image + p.text] = *of_pairs++;
}

/// Whether all pairs are cheaper one by one, as their patches fill the lanes, than in groups of 16 images.
inline bool few_images(std::int64_t images, std::int64_t rows) {
  const std::int64_t padded = (rows + lanes - 1) / lanes * lanes;
  return images * padded * 5 < lanes * rows * 4;
}

/// S[i * next_image + t] of every image and caption, pair by pair: for few images. The bits of the sweep.
template <class Epilogue, class ParallelFor>
void sweep_pairs(const ListedImages& images, const ListedTexts& texts, const Epilogue& epilogue, float* scores,
                 std::int64_t next_image, const ParallelFor& parallel_for, Target target = best_target()) {
  std::vector<Pair> pairs;
  for (std::int64_t t = 0; t < texts.texts(); ++t)
    for (std::int64_t i = 0; i < images.images; ++i)
      pairs.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(t)});
  std::vector<float> of_pairs(pairs.size());
  pair_scores(images, texts, epilogue, pairs, of_pairs.data(), parallel_for, target);
  place(pairs, of_pairs.data(), scores, next_image);
}

}  // namespace mgan::kernels
