// A precision says how rows are stored for the product: in units of 32 bits that hold one (fp32), two (bf16) or four
// (int8) numbers of a row, so that one loop multiplies all of them. Rows are filled up with zeros to whole units.
//
//     Unit, numbers        what a unit is, and how many numbers it holds
//     exact                C is that of fp32: rows have no facts beside their units
//     scaled               sums are multiplied by a factor of the row and one of the word
//     widest               most numbers of a row
//     Own                  targets with instructions of its own (simd/target.hpp); their tiles are product/tile_*.hpp
//     pack(...)            a row to its units
//     Units<W>, Sum<W>, add<W>(sum, x, w)       the loop, on vectors of W
//
// Only C is less precise; what becomes of it is fp32. product/error.hpp says by how much C can differ.
#pragma once

#include <cstdint>
#include <limits>

#include "mgan/core/list.hpp"
#include "mgan/kernels/cpu/simd/rounding.hpp"
#include "mgan/kernels/cpu/simd/target.hpp"

namespace mgan::kernels {

/// What a row carries besides its units, one entry a row in the order of the packed side; empty for fp32.
struct RowFacts {
  List<float> scale;          // s or t; where the precision is scaled
  List<std::int32_t> offset;  // of a word's sums, -128 sum r: images are stored as q + 128; scaled alone
  List<float> norm, error;    // |x| and |x - x^|, rounded up; where it is not exact
};

enum class Side { image, text };

inline constexpr std::int64_t any_width = std::numeric_limits<std::int64_t>::max();

/// An upper bound of the square root of a sum of a row's squares, which were added in double.
inline float norm_above(double sum_of_squares) { return above(std::sqrt(sum_of_squares) * (1 + 1e-9)); }

}  // namespace mgan::kernels
