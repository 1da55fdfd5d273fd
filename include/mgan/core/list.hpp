// A std::vector that counts in std::int64_t, as every size and index of mgan does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mgan {

/// Places are 0 .. count() - 1; place() is checked by nobody, as operator[] of a vector.
template <class T>
struct List : std::vector<T> {
  using std::vector<T>::vector;
  List() = default;
  List(std::vector<T> values) : std::vector<T>(std::move(values)) {}
  /// `count` elements, all the same.
  static List of(std::int64_t count, const T& value = T{}) {
    return List(std::vector<T>(static_cast<std::size_t>(count), value));
  }

  std::int64_t count() const { return static_cast<std::int64_t>(this->size()); }
  decltype(auto) operator[](std::int64_t place) { return std::vector<T>::operator[](static_cast<std::size_t>(place)); }
  decltype(auto) operator[](std::int64_t place) const {
    return std::vector<T>::operator[](static_cast<std::size_t>(place));
  }
};

}  // namespace mgan
