// Cheap certified intervals of the products of a pair, from the first few dimensions of a
// rotation that both sides share:
//
//     p . t  =  Pa . Ta + Pb . Tb,    |Pb . Tb| <= |Pb| |Tb|
//
// Pa are the first r numbers of the rotated row, |Pb|^2 = |p|^2 - |Pa|^2 what is left. `slack` is what rounding can do
// to the head's product and to the fp32 product that it bounds.
#pragma once

#include "mgan/kernels/cpu/prune/principal_directions.hpp"
#include "mgan/kernels/cpu/rows/listed.hpp"
#include "mgan/kernels/cpu/simd/rounding.hpp"

namespace mgan::kernels {

/// Dimensions after which a pair is looked at, increasing.
using HeadLevels = List<std::int64_t>;

struct ImageHeads {
  ListedImages rows;       // (I, K, last level)
  List<List<float>> rest;  // a level: [image][patch, padded] of |Pb|
  double norm = 0;         // the longest row
};
struct TextHeads {
  ListedTexts rows;        // (words, last level)
  List<List<float>> rest;  // a level: [caption][word]
  double norm = 0;
};

namespace detail {

/// Heads of rows, and what is left of every row at every level, rounded up.
struct Heads {
  List<double> numbers;    // (rows, next): the rotated row's first numbers
  List<List<float>> rest;  // a level: [row]
  List<float> floats;      // (rows, last level)
  List<double> norms;

  /// row(s): the D numbers of row s.
  template <class Row, class ParallelFor>
  Heads(const Row& row, std::int64_t rows, const Directions& directions, const HeadLevels& levels,
        const ParallelFor& parallel_for)
      : numbers(List<double>::of(rows * padded_directions(directions.count))),
        rest(List<List<float>>::of(levels.count(), List<float>::of(rows))),
        floats(List<float>::of(rows * levels.back())),
        norms(List<double>::of(rows)) {
    const std::int64_t next = padded_directions(directions.count), width = directions.width;
    const List<double> columns = directions.columns();
    project(row, rows, width, columns.data(), next, numbers.data(), parallel_for);
    const double defect = 4 * directions.defect() * static_cast<double>(directions.count);
    parallel_for(rows, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t s = first; s < last; ++s) {
        const float* x = row(s);
        double sums[4] = {}, taken = 0;
        for (std::int64_t d = 0; d < width; ++d) sums[d % 4] += static_cast<double>(x[d]) * static_cast<double>(x[d]);
        const double square = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        norms[s] = std::sqrt(square) * (1 + 1e-9);
        std::int64_t level = 0;
        for (std::int64_t r = 0; r < levels.back(); ++r) {
          const double dot = r < directions.count ? numbers[s * next + r] : 0;
          floats[s * levels.back() + r] = static_cast<float>(dot);
          taken += dot * dot;
          if (r + 1 == levels[level]) {  // 1e-12: the sums' rounding; defect: rows of a rotation that is not quite one
            const double left = std::max(0.0, square - taken) + square * (1e-12 + defect);
            rest[level][s] = above(std::sqrt(left));
            ++level;
          }
        }
      }
    });
  }
  double longest() const { return norms.empty() ? 0 : *std::max_element(norms.begin(), norms.end()); }
};

}  // namespace detail

template <class ParallelFor>
ImageHeads image_heads(const ImageRows& images, const Directions& directions, const HeadLevels& levels,
                       const ParallelFor& parallel_for) {
  const std::int64_t I = images.images, K = images.rows;
  const detail::Heads heads([&](std::int64_t s) { return images.at(s / K, s % K); }, I * K, directions, levels,
                            parallel_for);
  ImageHeads result;
  result.norm = heads.longest();
  const std::int64_t padded = (K + lanes - 1) / lanes * lanes;
  for (const List<float>& from : heads.rest) {
    List<float>& to = result.rest.emplace_back();
    for (std::int64_t i = 0; i < I; ++i)
      for (std::int64_t k = 0; k < padded; ++k) to.push_back(from[i * K + (k < K ? k : 0)]);
  }
  result.rows = list_images(image_rows(heads.floats.data(), I, K, levels.back()), parallel_for);
  return result;
}

template <class ParallelFor>
TextHeads text_heads(const WordRows& words, const Directions& directions, const HeadLevels& levels,
                     const ParallelFor& parallel_for) {
  List<const float*> rows;
  for (std::int64_t t = 0; t < words.texts(); ++t)
    for (std::int64_t l = 0; l < words.lengths[t]; ++l) rows.push_back(words.at(t, l));
  detail::Heads heads([&](std::int64_t s) { return rows[s]; }, rows.count(), directions, levels, parallel_for);
  TextHeads result;
  result.norm = heads.longest();
  result.rest = std::move(heads.rest);
  const float* const floats = heads.floats.data();
  result.rows = list_texts(joined_words(floats, words.lengths, levels.back()), parallel_for);
  return result;
}

/// By how much the bounds from a head of r numbers must be wider than Pa . Ta -+ |Pb| |Tb| as they are computed in
/// fp32, for products of rows of `width` numbers that are computed in fp32 too.
inline double product_slack(std::int64_t width, std::int64_t r, double norms) {
  return chain_error(static_cast<double>(width + r) + 16) * norms;
}

}  // namespace mgan::kernels
