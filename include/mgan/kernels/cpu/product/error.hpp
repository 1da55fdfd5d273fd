// How far products of lower precision can be from those of fp32, both as they are computed.
//
//     |x . w - x^ . w^| <= |x - x^| |w| + |x^| |w - w^|            the rounding of the rows, by Cauchy-Schwarz
//     |chain - x . w|   <= g |x| |w|,  g = chain_error(D + 4)      a chain of D multiply-adds in fp32; of x and w, and
//                                                                  again of x^ and w^
//
// The norms are those of the very rows, measured when they were packed, so the bounds hold for any data. They are of
// the worst case: the errors of random rows lie far below.
#pragma once

#include "mgan/kernels/cpu/rows/pack.hpp"
#include "mgan/kernels/cpu/simd/rounding.hpp"

namespace mgan::kernels {

/// |x| and |x - x^| of a row, or no less than those of several.
struct RowSize {
  double norm = 0, error = 0;

  void include(const RowFacts& facts, std::int64_t row) {
    norm = std::max(norm, static_cast<double>(facts.norm[row]));
    error = std::max(error, static_cast<double>(facts.error[row]));
  }
};

namespace detail {
inline RowSize largest(const RowFacts& facts) {
  RowSize size;
  for (std::int64_t row = 0; row < facts.norm.count(); ++row) size.include(facts, row);
  return size;
}
}  // namespace detail

/// Of all rows of an image, or of all images.
template <class Precision>
RowSize largest_row(const PackedImagesOf<Precision>& images, std::int64_t image) {
  RowSize size;
  for (std::int64_t k = 0; k < images.rows; ++k)
    size.include(images.facts, images.fact(image / lanes, k) + image % lanes);
  return size;
}
template <class Precision>
RowSize largest_row(const PackedImagesOf<Precision>& images) {
  return detail::largest(images.facts);
}
/// Of all words of a caption, which is one of `block`, or of all captions.
template <class Precision>
RowSize largest_word(const PackedTextsOf<Precision>& texts, const TextBlock& block, std::int64_t text) {
  RowSize size;
  const std::int64_t first = block.first_panel * texts.layout.panel + texts.first_word[text];
  for (std::int64_t l = 0; l < texts.lengths[text]; ++l) size.include(texts.facts, first + l);
  return size;
}
template <class Precision>
RowSize largest_word(const PackedTextsOf<Precision>& texts) {
  return detail::largest(texts.facts);
}

/// At most |C of the precision - C of fp32|, for rows of sizes x and w and of width D.
inline double product_error(const RowSize& x, const RowSize& w, std::int64_t width) {
  const double chain = chain_error(static_cast<double>(width + 4));
  const double rounded_x = x.norm + x.error, rounded_w = w.norm + w.error;
  const double rows = x.error * w.norm + rounded_x * w.error;
  const double underflow = static_cast<double>(width) * 1e-28;
  return (rows + chain * (x.norm * w.norm + rounded_x * rounded_w)) * (1 + 1e-9) + underflow;
}

}  // namespace mgan::kernels
