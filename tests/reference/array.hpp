// The naive references of the tests: one double loop an equation, standard library only, nothing of mgan.
//
// This file: a dense array of doubles, the last axis innermost, and the lengths of ragged batches.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reference {

using Index = std::int64_t;
using Vector = std::vector<double>;

/// Shape and numbers. A default-made Array has no elements and stands for "absent".
struct Array {
  std::vector<Index> shape;
  Vector values;

  Array() = default;
  explicit Array(std::vector<Index> axes) : shape(std::move(axes)) {
    Index count = 1;
    for (const Index axis : shape) count *= axis;
    values.assign(static_cast<std::size_t>(count), 0.0);
  }
  Array(std::vector<Index> axes, Vector numbers) : Array(std::move(axes)) {
    if (numbers.size() != values.size()) throw std::invalid_argument("reference::Array: the shape does not fit");
    values = std::move(numbers);
  }

  bool empty() const { return values.empty(); }
  Index size(std::size_t axis) const { return shape.at(axis); }

  /// The element at one index an axis: a.at(i, r, d).
  template <class... I>
  double& at(I... index) {
    return values[offset({static_cast<Index>(index)...})];
  }
  template <class... I>
  double at(I... index) const {
    return values[offset({static_cast<Index>(index)...})];
  }

  /// A copy of the last axis at the leading indices: a.row(i, r).
  template <class... I>
  Vector row(I... index) const {
    Vector out;
    for (Index d = 0; d < shape.back(); ++d) out.push_back(at(index..., d));
    return out;
  }

  /// Puts `x` at the leading indices: a.set_row(x, i, r).
  template <class... I>
  void set_row(const Vector& x, I... index) {
    for (Index d = 0; d < shape.back(); ++d) at(index..., d) = x.at(static_cast<std::size_t>(d));
  }

 private:
  std::size_t offset(std::initializer_list<Index> index) const {
    if (index.size() != shape.size()) throw std::out_of_range("reference::Array: wrong number of indices");
    Index place = 0;
    auto length = shape.begin();
    for (const Index i : index) {
      if (i < 0 || i >= *length) throw std::out_of_range("reference::Array: index");
      place = place * *length++ + i;
    }
    return static_cast<std::size_t>(place);
  }
};

/// Leading valid positions of each sample. Empty: every position of every sample is real.
using Lengths = std::vector<Index>;

inline Index length_of(const Lengths& lengths, Index sample, Index full) {
  return lengths.empty() ? full : lengths.at(static_cast<std::size_t>(sample));
}

}  // namespace reference
