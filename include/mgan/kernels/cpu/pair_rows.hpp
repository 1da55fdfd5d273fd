// The layout for listed pairs, one image and one caption at a time: for when most pairs are left out.
//
//     images (I, K, D)  ->  [image][group of 16 patches][d][patch]    the last group repeats the first patch
//     words  (W, D)     ->  [caption][d][word]
//
// A product yields C[word][patch], every number one chain of multiply-adds over D, in order, as in product.hpp: the
// same bits. Its vectors are 16 patches, so a pair costs what it costs in the sweep, at K = 16 and its multiples.
#pragma once

#include <utility>

#include "mgan/kernels/cpu/pack.hpp"

namespace mgan::kernels {

struct Pair {
  std::int32_t image, text;

  friend bool operator==(const Pair&, const Pair&) = default;
};

struct PairImages {
  std::int64_t images = 0, rows = 0, width = 0;  // I, K, D
  Buffer numbers;

  std::int64_t groups() const { return (rows + lanes - 1) / lanes; }
  std::int64_t padded() const { return groups() * lanes; }
  /// (D, 16)
  const float* group(std::int64_t image, std::int64_t g) const {
    return numbers.data() + (image * groups() + g) * width * lanes;
  }
};

struct PairTexts {
  std::int64_t width = 0;
  std::vector<std::int64_t> lengths, first;  // words of a caption, and before it
  Buffer numbers;

  /// (D, n)
  const float* words(std::int64_t text) const { return numbers.data() + first[static_cast<std::size_t>(text)] * width; }
};

/// row(i, k) points to the D numbers of a patch.
template <class Row, class ParallelFor = serially>
PairImages pair_images(std::int64_t images, std::int64_t rows, std::int64_t width, const Row& row,
                       const ParallelFor& parallel_for = {}) {
  PairImages packed{images, rows, width, {}};
  packed.numbers = Buffer(static_cast<std::size_t>(images * packed.padded() * width));
  float* out = packed.numbers.data();
  parallel_for(images, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (std::int64_t g = 0; g < packed.groups(); ++g) {
        const float* from[lanes];
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
          const std::int64_t k = g * lanes + lane;
          from[lane] = row(i, k < rows ? k : 0);
        }
        interleave(from, lanes, width, out + (i * packed.groups() + g) * width * lanes, lanes);
      }
  });
  return packed;
}

/// word(t, l) points to the D numbers of a word.
template <class Word, class ParallelFor = serially>
PairTexts pair_texts(std::vector<std::int64_t> lengths, std::int64_t width, const Word& word,
                     const ParallelFor& parallel_for = {}) {
  PairTexts packed{width, std::move(lengths), {}, {}};
  std::int64_t words = 0;
  for (const std::int64_t n : packed.lengths) {
    require(n > 0, "pair_texts: a caption of ", n, " words");
    packed.first.push_back(words);
    words += n;
  }
  packed.numbers = Buffer(static_cast<std::size_t>(words * width));
  float* out = packed.numbers.data();
  parallel_for(static_cast<std::int64_t>(packed.lengths.size()), [&](std::int64_t begin, std::int64_t end) {
    std::vector<const float*> from;
    for (std::int64_t t = begin; t < end; ++t) {
      const auto at = static_cast<std::size_t>(t);
      from.clear();
      for (std::int64_t l = 0; l < packed.lengths[at]; ++l) from.push_back(word(t, l));
      interleave(from.data(), packed.lengths[at], width, out + packed.first[at] * width, packed.lengths[at]);
    }
  });
  return packed;
}

namespace detail {

/// Words words of a caption against 16 patches: c += x . w over [from, to), c (Words, next).
template <int W, int Words>
[[gnu::always_inline]] inline void extend_products(const float* x, const float* w, std::int64_t n, std::int64_t from,
                                                   std::int64_t to, float* c, std::int64_t next) {
  constexpr int parts = lanes / W;
  Floats<W> sum[Words][parts] = {};
  if (from > 0) {
#pragma GCC unroll 24
    for (int j = 0; j < Words; ++j)
#pragma GCC unroll 4
      for (int r = 0; r < parts; ++r) load<W>(sum[j][r], c + j * next + r * W);
  }
  for (std::int64_t d = from; d < to; ++d) {
    __builtin_prefetch(x + (d + 64) * lanes);  // an image is read once a pair, from beyond the second-level cache
    Floats<W> v[parts];
#pragma GCC unroll 4
    for (int r = 0; r < parts; ++r) load<W>(v[r], x + d * lanes + r * W);
#pragma GCC unroll 24
    for (int j = 0; j < Words; ++j) {
      const float a = w[d * n + j];
#pragma GCC unroll 4
      for (int r = 0; r < parts; ++r) sum[j][r] += v[r] * a;
    }
  }
#pragma GCC unroll 24
  for (int j = 0; j < Words; ++j)
#pragma GCC unroll 4
    for (int r = 0; r < parts; ++r) store<W>(c + j * next + r * W, sum[j][r]);
}

template <int W, int Words>
[[gnu::always_inline]] inline void extend_some(std::int64_t words, const float* x, const float* w, std::int64_t n,
                                               std::int64_t from, std::int64_t to, float* c, std::int64_t next) {
  if (words == Words) extend_products<W, Words>(x, w, n, from, to, c, next);
  else if constexpr (Words > 1) extend_some<W, Words - 1>(words, x, w, n, from, to, c, next);
}

}  // namespace detail

/// C (n, padded K) of one pair over the dimensions [from, to); from > 0 goes on with what c holds.
template <int W>
[[gnu::always_inline]] inline void pair_product(const PairImages& images, std::int64_t image, const PairTexts& texts,
                                                std::int64_t text, std::int64_t from, std::int64_t to, float* c) {
  constexpr std::int64_t most = W == 16 ? 24 : W == 8 ? 6 : 2;  // words that the registers hold
  const std::int64_t n = texts.lengths[static_cast<std::size_t>(text)], next = images.padded();
  const float* w = texts.words(text);
  const std::int64_t chunks = (n + most - 1) / most;
  for (std::int64_t g = 0; g < images.groups(); ++g)
    for (std::int64_t part = 0, l = 0; part < chunks; ++part) {
      const std::int64_t words = (n - l + chunks - part - 1) / (chunks - part);
      detail::extend_some<W, static_cast<int>(most)>(words, images.group(image, g), w + l, n, from, to,
                                                     c + l * next + g * lanes, next);
      l += words;
    }
}

}  // namespace mgan::kernels
