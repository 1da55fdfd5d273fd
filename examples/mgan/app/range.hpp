// Which numbers a field or an option takes.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "mgan/io/json.hpp"

namespace program {

/// An interval; infinite sides are open. NaN and infinity are in none.
struct Range {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool above = false, below = false;  // without `least` itself, without `most` itself

  bool contains(double x) const {
    return std::isfinite(x) && (above ? x > least : x >= least) && (below ? x < most : x <= most);
  }
  /// "1 or more", "from 1 to 100", "above 0", "0 or more and below 1"; empty where every number will do.
  std::string text() const {
    const auto number = [](double x) {
      return x == std::floor(x) && std::abs(x) < 1e15 ? std::to_string(static_cast<long long>(x))
                                                      : mgan::io::Json(x).dump();
    };
    const bool bottom = std::isfinite(least), top = std::isfinite(most);
    if (bottom && top && !above && !below) return "from " + number(least) + " to " + number(most);
    std::string text;
    if (bottom) text = above ? "above " + number(least) : number(least) + " or more";
    if (top) text += (bottom ? " and " : "") + (below ? "below " + number(most) : number(most) + " or less");
    return text;
  }
};

constexpr Range at_least(double x) { return {.least = x}; }
constexpr Range above(double x) { return {.least = x, .above = true}; }
constexpr Range between(double least, double most) { return {.least = least, .most = most}; }

}  // namespace program
