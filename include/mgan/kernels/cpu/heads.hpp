// Cheap certified intervals of the products of a pair, from the first few dimensions of a
// rotation that both sides share:
//
//     p . t  =  Pa . Ta + Pb . Tb,    |Pb . Tb| <= |Pb| |Tb|
//
// Pa are the first r numbers of the rotated row, |Pb|^2 = |p|^2 - |Pa|^2 what is left. `slack` is what rounding can do
// to the head's product and to the fp32 product that it bounds: chains of m multiply-adds are off by at most
// m u / (1 - m u) |x| |w|, u = 2^-24.
#pragma once

#include "mgan/kernels/cpu/pair_rows.hpp"
#include "mgan/kernels/cpu/principal_directions.hpp"

namespace mgan::kernels {

/// Dimensions after which a pair is looked at, increasing.
using HeadLevels = std::vector<std::int64_t>;

struct ImageHeads {
  PairImages rows;                       // (I, K, last level)
  std::vector<std::vector<float>> rest;  // a level: [image][patch, padded] of |Pb|
  double norm = 0;                       // the longest row
};
struct TextHeads {
  PairTexts rows;                        // (words, last level)
  std::vector<std::vector<float>> rest;  // a level: [caption][word]
  double norm = 0;
};

namespace detail {

/// Heads of rows, and what is left of every row at every level, rounded up.
struct Heads {
  std::vector<double> numbers;           // (rows, next): the rotated row's first numbers
  std::vector<std::vector<float>> rest;  // a level: [row]
  std::vector<float> floats;             // (rows, last level)
  std::vector<double> norms;

  template <class Row, class ParallelFor>
  Heads(const Row& row, std::int64_t rows, const Directions& directions, const HeadLevels& levels,
        const ParallelFor& parallel_for)
      : numbers(static_cast<std::size_t>(rows * padded_directions(directions.count))),
        rest(levels.size(), std::vector<float>(static_cast<std::size_t>(rows))),
        floats(static_cast<std::size_t>(rows * levels.back())),
        norms(static_cast<std::size_t>(rows)) {
    const std::int64_t next = padded_directions(directions.count), width = directions.width;
    const std::vector<double> columns = directions.columns();
    project(row, rows, width, columns.data(), next, numbers.data(), parallel_for);
    const double defect = 4 * directions.defect() * static_cast<double>(directions.count);
    parallel_for(rows, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t s = first; s < last; ++s) {
        const float* x = row(s);
        double sums[4] = {}, taken = 0;
        for (std::int64_t d = 0; d < width; ++d) sums[d % 4] += static_cast<double>(x[d]) * static_cast<double>(x[d]);
        const double square = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        norms[static_cast<std::size_t>(s)] = std::sqrt(square) * (1 + 1e-9);
        std::size_t level = 0;
        for (std::int64_t r = 0; r < levels.back(); ++r) {
          const double dot = r < directions.count ? numbers[static_cast<std::size_t>(s * next + r)] : 0;
          floats[static_cast<std::size_t>(s * levels.back() + r)] = static_cast<float>(dot);
          taken += dot * dot;
          if (r + 1 == levels[level]) {  // 1e-12: the sums' rounding; defect: rows of a rotation that is not quite one
            const double left = std::max(0.0, square - taken) + square * (1e-12 + defect);
            rest[level][static_cast<std::size_t>(s)] = std::nextafter(static_cast<float>(std::sqrt(left)), INFINITY);
            ++level;
          }
        }
      }
    });
  }
  double longest() const { return norms.empty() ? 0 : *std::max_element(norms.begin(), norms.end()); }
};

}  // namespace detail

/// row(i, k) points to a row of directions.width floats.
template <class Row, class ParallelFor>
ImageHeads image_heads(std::int64_t images, std::int64_t rows, const Directions& directions, const HeadLevels& levels,
                       const Row& row, const ParallelFor& parallel_for) {
  const detail::Heads heads([&](std::int64_t s) { return row(s / rows, s % rows); }, images * rows, directions, levels,
                            parallel_for);
  ImageHeads result;
  result.norm = heads.longest();
  const std::int64_t padded = (rows + lanes - 1) / lanes * lanes;
  for (const std::vector<float>& from : heads.rest) {
    std::vector<float>& to = result.rest.emplace_back();
    for (std::int64_t i = 0; i < images; ++i)
      for (std::int64_t k = 0; k < padded; ++k)
        to.push_back(from[static_cast<std::size_t>(i * rows + (k < rows ? k : 0))]);
  }
  result.rows = pair_images(
      images, rows, levels.back(),
      [&](std::int64_t i, std::int64_t k) { return heads.floats.data() + (i * rows + k) * levels.back(); },
      parallel_for);
  return result;
}

/// word(w) points to word w of all captions, directions.width floats.
template <class Word, class ParallelFor>
TextHeads text_heads(const std::vector<std::int64_t>& lengths, const Directions& directions, const HeadLevels& levels,
                     const Word& word, const ParallelFor& parallel_for) {
  std::vector<std::int64_t> first;
  std::int64_t words = 0;
  for (const std::int64_t n : lengths) {
    first.push_back(words);
    words += n;
  }
  detail::Heads heads(word, words, directions, levels, parallel_for);
  TextHeads result;
  result.norm = heads.longest();
  result.rest = std::move(heads.rest);
  result.rows = pair_texts(
      lengths, levels.back(),
      [&](std::int64_t t, std::int64_t l) {
        return heads.floats.data() + (first[static_cast<std::size_t>(t)] + l) * levels.back();
      },
      parallel_for);
  return result;
}

/// By how much the bounds from a head of r numbers must be wider than Pa . Ta -+ |Pb| |Tb| as they are computed in
/// fp32, for products of rows of `width` numbers that are computed in fp32 too.
inline double product_slack(std::int64_t width, std::int64_t r, double norms) {
  const double u = 0x1p-24, m = static_cast<double>(width + r) + 16;
  return m * u / (1 - m * u) * norms;
}

/// The least and the largest entry of C, as c (n, padded) and the rests allow: without slack.
template <int W>
[[gnu::always_inline]] inline void extremes(const float* c, const float* rest_rows, const float* rest_words,
                                            std::int64_t padded, std::int64_t n, float& least, float& most) {
  using V = Floats<W>;
  V low = V{} + 1e30f, high = V{} - 1e30f;
  for (std::int64_t k = 0; k < padded; k += W) {
    V rest, v;
    load<W>(rest, rest_rows + k);
    for (std::int64_t l = 0; l < n; ++l) {
      load<W>(v, c + l * padded + k);
      const V off = rest * rest_words[l], up = v + off, down = off - v;
      raise_to(high, up);
      const V least_yet = -low;
      V most_down = least_yet;
      raise_to(most_down, down);
      low = -most_down;
    }
  }
  least = low[0];
  most = high[0];
  for (int lane = 1; lane < W; ++lane) {
    least = low[lane] < least ? low[lane] : least;
    most = high[lane] > most ? high[lane] : most;
  }
}

}  // namespace mgan::kernels
