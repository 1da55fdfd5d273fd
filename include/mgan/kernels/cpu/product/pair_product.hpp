// The product of one listed pair: C[word][patch], every number one chain of multiply-adds over D, in order, as in
// product.hpp: the same bits. Its vectors are 16 patches, so a pair costs what it costs in the sweep, at K = 16 and its
// multiples.
#pragma once

#include "mgan/kernels/cpu/rows/listed.hpp"

namespace mgan::kernels {

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
[[gnu::always_inline]] inline void pair_product(const ListedImages& images, std::int64_t image,
                                                const ListedTexts& texts, std::int64_t text, std::int64_t from,
                                                std::int64_t to, float* c) {
  constexpr std::int64_t most = W == 16 ? 24 : W == 8 ? 6 : 2;  // words that the registers hold
  const std::int64_t n = texts.lengths[text], next = images.padded();
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
