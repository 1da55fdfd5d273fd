// Cheap certified intervals of the products of a pair, from the first few dimensions of a rotation that both sides
// share:
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

/// A row's rotated head, and |Pb| rounded up at every level.
struct Head {
  std::vector<float> numbers;
  std::vector<float> rest;
  double norm = 0;

  Head(const float* row, const Directions& directions, const HeadLevels& levels, double defect) {
    double square = 0, taken = 0;
    for (std::int64_t d = 0; d < directions.width; ++d)
      square += static_cast<double>(row[d]) * static_cast<double>(row[d]);
    norm = std::sqrt(square) * (1 + 1e-9);
    std::size_t level = 0;
    for (std::int64_t r = 0; r < levels.back(); ++r) {
      double dot = 0;
      if (r < directions.count)
        for (std::int64_t d = 0; d < directions.width; ++d) dot += directions.row(r)[d] * static_cast<double>(row[d]);
      numbers.push_back(static_cast<float>(dot));
      taken += dot * dot;
      if (r + 1 == levels[level]) {  // 1e-12: the sums' rounding; defect: rows of a rotation that is not quite one
        const double left = std::max(0.0, square - taken) + square * (1e-12 + defect);
        rest.push_back(std::nextafter(static_cast<float>(std::sqrt(left)), INFINITY));
        ++level;
      }
    }
  }
};

}  // namespace detail

/// row(i, k) points to a row of directions.width floats.
template <class Row>
ImageHeads image_heads(std::int64_t images, std::int64_t rows, const Directions& directions, const HeadLevels& levels,
                       const Row& row) {
  const double defect = 4 * directions.defect() * static_cast<double>(directions.count);
  ImageHeads heads;
  std::vector<float> numbers;
  const std::int64_t padded = (rows + lanes - 1) / lanes * lanes;
  heads.rest.resize(levels.size());
  for (std::int64_t i = 0; i < images; ++i) {
    for (std::int64_t k = 0; k < padded; ++k) {
      const detail::Head head(row(i, k < rows ? k : 0), directions, levels, defect);
      if (k < rows) numbers.insert(numbers.end(), head.numbers.begin(), head.numbers.end());
      for (std::size_t level = 0; level < levels.size(); ++level) heads.rest[level].push_back(head.rest[level]);
      heads.norm = std::max(heads.norm, head.norm);
    }
  }
  heads.rows = pair_images(images, rows, levels.back(), [&](std::int64_t i, std::int64_t k) {
    return numbers.data() + (i * rows + k) * levels.back();
  });
  return heads;
}

/// word(t, l) points to a row of directions.width floats.
template <class Word>
TextHeads text_heads(const std::vector<std::int64_t>& lengths, const Directions& directions, const HeadLevels& levels,
                     const Word& word) {
  const double defect = 4 * directions.defect() * static_cast<double>(directions.count);
  TextHeads heads;
  std::vector<float> numbers;
  std::vector<std::int64_t> first;
  heads.rest.resize(levels.size());
  for (std::size_t t = 0; t < lengths.size(); ++t) {
    first.push_back(static_cast<std::int64_t>(numbers.size()) / levels.back());
    for (std::int64_t l = 0; l < lengths[t]; ++l) {
      const detail::Head head(word(static_cast<std::int64_t>(t), l), directions, levels, defect);
      numbers.insert(numbers.end(), head.numbers.begin(), head.numbers.end());
      for (std::size_t level = 0; level < levels.size(); ++level) heads.rest[level].push_back(head.rest[level]);
      heads.norm = std::max(heads.norm, head.norm);
    }
  }
  heads.rows = pair_texts(lengths, levels.back(), [&](std::int64_t t, std::int64_t l) {
    return numbers.data() + (first[static_cast<std::size_t>(t)] + l) * levels.back();
  });
  return heads;
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
