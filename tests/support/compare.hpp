// Two arrays within a tolerance, and in words where they differ.
#pragma once

#include <cmath>
#include <cstdio>
#include <map>
#include <string>

#include "mgan/testing/tolerance.hpp"
#include "tests/reference/array.hpp"

namespace support {

using Outputs = std::map<std::string, reference::Array>;

using mgan::Tolerance;

/// Double: rounding, which a sharp softmax amplifies. Single: the library's table.
template <class Scalar>
Tolerance tolerance(double temperature = 1.0);
template <>
inline Tolerance tolerance<double>(double temperature) {
  return {1e-13 / temperature, 1e-12 / temperature};
}
template <>
inline Tolerance tolerance<float>(double temperature) {
  return mgan::tolerance(mgan::Compared::values, "F32", temperature);
}

inline std::string to_string(const std::vector<reference::Index>& numbers) {
  std::string text = "(";
  for (std::size_t i = 0; i < numbers.size(); ++i) text += (i ? ", " : "") + std::to_string(numbers[i]);
  return text + ")";
}

/// "" when equal, otherwise `(1, 4) is 0.25, expected 0.5` of the first entry that differs.
inline std::string difference(const reference::Array& actual, const reference::Array& expected, Tolerance allowed) {
  if (actual.shape != expected.shape) {
    return "the shape is " + to_string(actual.shape) + ", expected " + to_string(expected.shape);
  }
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double a = actual.values[i], b = expected.values[i];
    if (std::abs(a - b) <= allowed.allowed(b)) continue;
    std::vector<reference::Index> at(expected.shape.size());
    auto flat = static_cast<reference::Index>(i);
    for (std::size_t axis = at.size(); axis-- > 0; flat /= expected.shape[axis]) at[axis] = flat % expected.shape[axis];
    char numbers[96];
    std::snprintf(numbers, sizeof numbers, " is %.17g, expected %.17g", a, b);
    return to_string(at) + numbers;
  }
  return "";
}

/// "" when every expected output is there and equal.
inline std::string difference(const Outputs& actual, const Outputs& expected, Tolerance allowed) {
  for (const auto& [name, array] : expected) {
    const auto found = actual.find(name);
    if (found == actual.end()) return "no output " + name;
    if (const std::string words = difference(found->second, array, allowed); !words.empty()) return name + words;
  }
  return "";
}

}  // namespace support
