// The scores of a list of pairs, the bits of the sweep: 16 pairs of captions of one length fill the lanes of an
// epilogue.
#pragma once

#include <numeric>
#include <span>

#include "mgan/kernels/cpu/pair_rows.hpp"
#include "mgan/kernels/cpu/sweep.hpp"

namespace mgan::kernels {
namespace detail {

template <class Epilogue>
struct PairBatch {
  const PairImages& images;
  const PairTexts& texts;
  const Epilogue& epilogue;
  std::span<const Pair> pairs;
  std::span<const std::int32_t> which;  // at most 16 of the pairs, captions of one length
  float* scores;                        // of all pairs
  float *product, *tile, *scratch;
};

template <int W, class Epilogue>
[[gnu::always_inline]] inline void run_batch(const PairBatch<Epilogue>& b) {
  const std::int64_t K = b.images.rows, padded = b.images.padded();
  const std::int64_t n = b.texts.lengths[static_cast<std::size_t>(b.pairs[static_cast<std::size_t>(b.which[0])].text)];
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if (lane < b.which.size()) {
      const Pair pair = b.pairs[static_cast<std::size_t>(b.which[lane])];
      pair_product<W>(b.images, pair.image, b.texts, pair.text, 0, b.images.width, b.product);
    }
    for (std::int64_t l = 0; l < n; ++l)
      for (std::int64_t k = 0; k < K; ++k)
        b.tile[(l * K + k) * lanes + static_cast<std::int64_t>(lane)] = b.product[l * padded + k];
  }
  alignas(64) float score[lanes];
  b.epilogue.template finish<W>(b.tile, K, n, score, b.scratch);
  for (std::size_t lane = 0; lane < b.which.size(); ++lane) b.scores[b.which[lane]] = score[lane];
}
template <class Epilogue>
[[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] void run_batch_avx512(const PairBatch<Epilogue>& batch) {
  run_batch<16>(batch);
}
template <class Epilogue>
[[gnu::target("avx2,fma")]] void run_batch_avx2(const PairBatch<Epilogue>& batch) {
  run_batch<8>(batch);
}
template <class Epilogue>
void run_batch_portable(const PairBatch<Epilogue>& batch) {
  run_batch<4>(batch);
}

}  // namespace detail

/// scores[p] of every pair. `parallel_for` as for `sweep`.
template <class Epilogue, class ParallelFor>
void pair_scores(const PairImages& images, const PairTexts& texts, const Epilogue& epilogue,
                 std::span<const Pair> pairs, float* scores, const ParallelFor& parallel_for,
                 Level level = best_level()) {
  require(images.width == texts.width, "pair_scores: images of width ", images.width, ", captions of width ",
          texts.width);
  const auto length = [&](std::int32_t p) {
    return texts.lengths[static_cast<std::size_t>(pairs[static_cast<std::size_t>(p)].text)];
  };
  std::vector<std::int32_t> order(pairs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return length(a) < length(b); });
  std::vector<std::span<const std::int32_t>> batches;
  for (std::size_t begin = 0, end; begin < order.size(); begin = end) {
    end = begin + 1;
    while (end < order.size() && end - begin < lanes && length(order[end]) == length(order[begin])) ++end;
    batches.push_back(std::span<const std::int32_t>(order).subspan(begin, end - begin));
  }
  if (batches.empty()) return;
  const std::int64_t longest = length(order.back());
  parallel_for(static_cast<std::int64_t>(batches.size()), [&](std::int64_t first, std::int64_t last) {
    Buffer product(static_cast<std::size_t>(longest * images.padded()));
    Buffer tile(static_cast<std::size_t>(longest * images.rows * lanes));
    Buffer scratch(static_cast<std::size_t>(Epilogue::scratch(images.rows, longest)));
    for (std::int64_t index = first; index < last; ++index) {
      const detail::PairBatch<Epilogue> batch{
          images, texts,          epilogue,    pairs,         batches[static_cast<std::size_t>(index)],
          scores, product.data(), tile.data(), scratch.data()};
      if (level >= Level::avx512) detail::run_batch_avx512(batch);
      else if (level == Level::avx2) detail::run_batch_avx2(batch);
      else detail::run_batch_portable(batch);
    }
  });
}

}  // namespace mgan::kernels
