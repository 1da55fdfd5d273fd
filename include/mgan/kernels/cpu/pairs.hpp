// Scores of listed pairs in fp32: the bits of the fp32 sweep, for a small part of all pairs.
//
// A caption's images are gathered 16 at a time, two rows of theirs at once, so that the workspace is that of two rows;
// the products are the sweep's own chains over D.
#pragma once

#include "mgan/kernels/cpu/sweep.hpp"

namespace mgan::kernels {

/// images[first[t]] .. images[first[t + 1] - 1] are scored against caption t.
struct PairList {
  std::vector<std::int64_t> first{0}, images;

  std::int64_t texts() const { return static_cast<std::int64_t>(first.size()) - 1; }
  std::int64_t pairs() const { return static_cast<std::int64_t>(images.size()); }
};

/// Rows as they lie in memory: row k of image i, or word l of caption t, at first + i * stride + k * row_stride.
struct Rows {
  const float* first = nullptr;
  std::int64_t stride = 0, row_stride = 0;

  const float* at(std::int64_t i, std::int64_t k) const { return first + i * stride + k * row_stride; }
};

namespace detail {

/// to[d * 16 + lane] = from[lane][d], 4 x 4 numbers at a time.
inline void interleave(const float* const (&from)[lanes], std::int64_t width, float* to) {
  std::int64_t d = 0;
  for (; d + 4 <= width; d += 4)
    for (int lane = 0; lane < lanes; lane += 4) {
      Floats<4> a, b, e, f;
      load<4>(a, from[lane] + d);
      load<4>(b, from[lane + 1] + d);
      load<4>(e, from[lane + 2] + d);
      load<4>(f, from[lane + 3] + d);
      const Floats<4> ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), ef = __builtin_shufflevector(e, f, 0, 4, 1, 5);
      const Floats<4> AB = __builtin_shufflevector(a, b, 2, 6, 3, 7), EF = __builtin_shufflevector(e, f, 2, 6, 3, 7);
      store<4>(to + d * lanes + lane, __builtin_shufflevector(ab, ef, 0, 1, 4, 5));
      store<4>(to + (d + 1) * lanes + lane, __builtin_shufflevector(ab, ef, 2, 3, 6, 7));
      store<4>(to + (d + 2) * lanes + lane, __builtin_shufflevector(AB, EF, 0, 1, 4, 5));
      store<4>(to + (d + 3) * lanes + lane, __builtin_shufflevector(AB, EF, 2, 3, 6, 7));
    }
  for (; d < width; ++d)
    for (int lane = 0; lane < lanes; ++lane) to[d * lanes + lane] = from[lane][d];
}

template <class Epilogue>
struct PairTask {
  Rows images, words;
  std::int64_t K, D, length;  // of the caption
  std::int64_t text;
  const std::int64_t *begin, *end;  // its images
  const Epilogue& epilogue;
  float* scores;                          // one an image
  float *panels, *rows, *tile, *scratch;  // workspace
};

/// Rows x 16 lanes against the first `length` words, by whole panels and quarters of the last.
template <int W, int R>
[[gnu::always_inline]] inline void multiply_words(const float* const (&rows)[R], const float* panels, std::int64_t D,
                                                  std::int64_t length, float* c, std::int64_t next_word) {
  for (std::int64_t l = 0; l < length;) {
    const float* words = panels + l / panel * panel * D + l % panel;
    if (W == 16 && l % panel == 0 && length - l > 9) {
      multiply<Fp32, W, R, 12>(rows, words, D, c + l * next_word, next_word, {});
      l += 12;
    } else {
      multiply<Fp32, W, R, 3>(rows, words, D, c + l * next_word, next_word, {});
      l += 3;
    }
  }
}

template <int W, class Epilogue>
[[gnu::always_inline]] inline void run_pairs(const PairTask<Epilogue>& t) {
  constexpr int R = W == 16 ? 2 : 1;
  RowFacts none;
  for (std::int64_t l = 0; l < t.length; ++l)
    pack_row<Fp32>(Side::text, t.words.at(t.text, l), t.D, t.panels + l / panel * panel * t.D + l % panel, panel, none,
                   0);
  float* out = t.scores;
  for (const std::int64_t* image = t.begin; image < t.end; image += lanes) {
    const auto here = std::min<std::int64_t>(lanes, t.end - image);
    for (std::int64_t k = 0; k < t.K; k += R) {
      const auto count = std::min<std::int64_t>(R, t.K - k);
      for (std::int64_t r = 0; r < count; ++r) {
        const float* from[lanes];
        for (std::int64_t lane = 0; lane < lanes; ++lane)
          from[lane] = t.images.at(image[std::min(lane, here - 1)], k + r);
        interleave(from, t.D, t.rows + r * t.D * lanes);
      }
      float* c = t.tile + k * lanes;
      if (count == 2) {
        const float* const both[2] = {t.rows, t.rows + t.D * lanes};
        multiply_words<W>(both, t.panels, t.D, t.length, c, t.K * lanes);
      } else {
        const float* const one[1] = {t.rows};
        multiply_words<W>(one, t.panels, t.D, t.length, c, t.K * lanes);
      }
    }
    alignas(64) float score[lanes];
    t.epilogue.template finish<W>(t.tile, t.K, t.length, score, t.scratch);
    for (std::int64_t lane = 0; lane < here; ++lane) *out++ = score[lane];
  }
}

template <class Epilogue>
[[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] void pairs_avx512(const PairTask<Epilogue>& task) {
  run_pairs<16>(task);
}
template <class Epilogue>
[[gnu::target("avx2,fma")]] void pairs_avx2(const PairTask<Epilogue>& task) {
  run_pairs<8>(task);
}
template <class Epilogue>
void pairs_portable(const PairTask<Epilogue>& task) {
  run_pairs<4>(task);
}

}  // namespace detail

/// scores[p] of pair p of the list. images (I, K, D), words (T, L, D) by their rows; lengths of all T captions.
template <class Epilogue, class ParallelFor>
void score_pairs(const Rows& images, const Rows& words, std::int64_t K, std::int64_t D,
                 const std::vector<std::int64_t>& lengths, const PairList& list, const Epilogue& epilogue,
                 float* scores, const ParallelFor& parallel_for, Level level = best_level()) {
  const std::int64_t T = list.texts();
  require(static_cast<std::int64_t>(lengths.size()) == T, "score_pairs: pairs of ", T, " captions, lengths of ",
          lengths.size());
  if (list.pairs() == 0) return;
  const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  const std::int64_t padded = (longest + panel - 1) / panel * panel;
  parallel_for(T, [&](std::int64_t begin, std::int64_t end) {
    Buffer panels(static_cast<std::size_t>(padded * D)), rows(static_cast<std::size_t>(2 * D * lanes));
    Buffer tile(static_cast<std::size_t>(padded * K * lanes));
    Buffer scratch(static_cast<std::size_t>(Epilogue::scratch(K, longest)));
    for (std::int64_t t = begin; t < end; ++t) {
      const auto at = static_cast<std::size_t>(t);
      const std::int64_t* some = list.images.data();
      const detail::PairTask<Epilogue> task{images,
                                            words,
                                            K,
                                            D,
                                            lengths[at],
                                            t,
                                            some + list.first[at],
                                            some + list.first[at + 1],
                                            epilogue,
                                            scores + list.first[at],
                                            panels.data(),
                                            rows.data(),
                                            tile.data(),
                                            scratch.data()};
      if (task.begin == task.end) continue;
      if (level >= Level::avx512) detail::pairs_avx512(task);
      else if (level == Level::avx2) detail::pairs_avx2(task);
      else detail::pairs_portable(task);
    }
  });
}

}  // namespace mgan::kernels
