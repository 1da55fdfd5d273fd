// How far products and scores of lower precision can be from those of the fp32 sweep, both as they are computed.
//
//     |x . w - x^ . w^| <= |x - x^| |w| + |x^| |w - w^|            the rounding of the rows, by Cauchy-Schwarz
//     |chain - x . w|   <= g |x| |w|,  g = m u / (1 - m u)         a chain of D multiply-adds in fp32, m = D + 4 and
//                                                                  u = 2^-24; of x and w, and again of x^ and w^
//
// The norms are those of the very rows, measured when they were packed, so the bounds hold for any data. They are of
// the worst case: the errors of random rows lie far below.
#pragma once

#include "mgan/kernels/cpu/epilogues.hpp"
#include "mgan/kernels/cpu/pack.hpp"

namespace mgan::kernels {

inline constexpr double unit_roundoff = 0x1p-24;

/// |x| and |x - x^| of a row, or no less than those of several.
struct RowSize {
  double norm = 0, error = 0;

  void include(const RowFacts& facts, std::int64_t row) {
    norm = std::max(norm, static_cast<double>(facts.norm[static_cast<std::size_t>(row)]));
    error = std::max(error, static_cast<double>(facts.error[static_cast<std::size_t>(row)]));
  }
};

/// Of all rows of an image.
template <class Format>
RowSize largest_row(const PackedImagesOf<Format>& images, std::int64_t image) {
  RowSize size;
  for (std::int64_t k = 0; k < images.rows; ++k)
    size.include(images.facts, images.fact(image / lanes, k) + image % lanes);
  return size;
}
/// Of all words of all captions.
template <class Format>
RowSize largest_word(const PackedTextsOf<Format>& texts) {
  RowSize size;
  for (std::size_t row = 0; row < texts.facts.norm.size(); ++row)
    size.include(texts.facts, static_cast<std::int64_t>(row));
  return size;
}
template <class Format>
RowSize largest_row(const PackedImagesOf<Format>& images) {
  RowSize size;
  for (std::size_t row = 0; row < images.facts.norm.size(); ++row)
    size.include(images.facts, static_cast<std::int64_t>(row));
  return size;
}
/// Of all words of caption `text`, which is one of `block`.
template <class Format>
RowSize largest_word(const PackedTextsOf<Format>& texts, const TextBlock& block, std::int64_t text) {
  RowSize size;
  const auto t = static_cast<std::size_t>(text);
  for (std::int64_t l = 0; l < texts.lengths[t]; ++l)
    size.include(texts.facts, block.first_panel * panel + texts.first_word[t] + l);
  return size;
}

/// At most |C of the format - C of fp32|, for rows of sizes x and w and of width D.
inline double product_error(const RowSize& x, const RowSize& w, std::int64_t width) {
  const double m = static_cast<double>(width + 4) * unit_roundoff, chain = m / (1 - m);
  const double rounded_x = x.norm + x.error, rounded_w = w.norm + w.error;
  const double rows = x.error * w.norm + rounded_x * w.error;
  const double underflow = static_cast<double>(width) * 1e-28;
  return (rows + chain * (x.norm * w.norm + rounded_x * rounded_w)) * (1 + 1e-9) + underflow;
}

/// At most the difference of two scores whose products differ by at most `error` and are at most `most` in size, for
/// captions of up to n words. Maxima and means pass an error on as it is.
inline double score_error(const MaximaEpilogue& e, std::int64_t K, std::int64_t n, double error, double most) {
  const double words = std::abs(static_cast<double>(e.factor_words)) * (e.mean ? 1.0 : static_cast<double>(n));
  const double rows = std::abs(static_cast<double>(e.factor_rows)) * (e.mean ? 1.0 : static_cast<double>(K));
  const double additions = static_cast<double>(K + n + 8) * unit_roundoff;
  return (words + rows) * (error + 2.1 * additions * (most + error));
}

/// One interaction on n numbers of at most `most` in size, each known up to `error`: the softmax p of x / t moves by at
/// most error / t in the sum of its entries' sizes, y = A p by half of the largest spread of a row of A times that, the
/// weights a likewise, and o = a . x by error + most |da|. Both sides' own rounding in fp32 is counted with them.
inline double interaction_error(const float* A, std::int64_t leading, std::int64_t n, double temperature, double error,
                                double most) {
  double spread = 0, largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto [low, high] = std::minmax_element(A + i * leading, A + i * leading + n);
    spread = std::max(spread, static_cast<double>(*high) - static_cast<double>(*low));
    largest = std::max({largest, std::abs(static_cast<double>(*high)), std::abs(static_cast<double>(*low))});
  }
  const double terms = static_cast<double>(n + 8) * unit_roundoff, exponential = 1e-6;
  const double size = most + error;
  const double logits = error / temperature + 2 * (8 * unit_roundoff * size / temperature + terms + exponential);
  const double p = std::min(2.0, logits);
  const double y = spread / 2 * p / temperature +
                   2 * (3 * terms * largest / temperature + 8 * unit_roundoff * largest / temperature + exponential);
  const double a = std::min(2.0, y + 2 * terms);
  return std::min(error + size * a + 4 * terms * size, 2 * size * (1 + 4 * terms));
}

inline double score_error(const InteractionEpilogue& e, std::int64_t K, std::int64_t n, double error, double most) {
  const auto t = static_cast<double>(e.temperature);
  const double rows = interaction_error(e.A1, e.words, n, t, error, most);
  const double words = interaction_error(e.A3, K, K, t, error, most);
  const double size = most * (1 + 1e-3);  // a mean of numbers, rounded
  return (interaction_error(e.A2, K, K, t, rows, size) + interaction_error(e.A4, e.words, n, t, words, size)) / 2 +
         4 * unit_roundoff * size;
}

}  // namespace mgan::kernels
