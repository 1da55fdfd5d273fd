// A conformance case in the making: its options, its random tensors, the garbage behind its lengths.
#pragma once

#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <random>

#include "modules.hpp"
#include "safetensors.hpp"

namespace golden {

using reference::Lengths;
using Shape = std::vector<Index>;

struct Case {
  std::string module, name;
  Options config;
  Named tensors = {};  // input.* and param.*
  std::string note = "";

  void add(const std::string& tensor, Array array) { tensors.emplace_back(tensor, std::move(array)); }
  void add(const std::string& tensor, const std::vector<Index>& numbers) {
    add(tensor, integers_as_array({static_cast<Index>(numbers.size())}, numbers));
  }
};

/// Normal numbers by Box and Muller: std::normal_distribution differs between standard libraries, this does not.
struct Random {
  std::mt19937_64 bits;

  double uniform() { return (static_cast<double>(bits() >> 11) + 0.5) / 9007199254740992.0; }
  double normal() {
    const double radius = uniform(), angle = uniform();
    return std::sqrt(-2.0 * std::log(radius)) * std::cos(2.0 * std::numbers::pi * angle);
  }
  Array normal(Shape shape, double scale = 1.0) {
    Array out(std::move(shape));
    for (double& number : out.values) number = scale * normal();
    return out;
  }
  void linear(Case& c, const std::string& name, Index out, Index in, bool bias = true) {
    c.add("param." + name + ".weight", normal({out, in}, 1.0 / std::sqrt(static_cast<double>(in))));
    if (bias) c.add("param." + name + ".bias", normal({out}, 0.3));
  }
};

/// Garbage behind the lengths: tokens (samples, first + n, D), or (samples, n) with rank 2.
inline Array padded(Array x, const Lengths& lengths, Index first = 0, bool nan = false) {
  const Index width = x.shape.size() == 3 ? x.size(2) : 1;
  for (Index sample = 0; sample < x.size(0); ++sample) {
    for (Index n = first + lengths.at(static_cast<std::size_t>(sample)); n < x.size(1); ++n) {
      for (Index d = 0; d < width; ++d) {
        double& number = x.values[static_cast<std::size_t>((sample * x.size(1) + n) * width + d)];
        number = 9.0 * number + 1.0;
        if (nan) number = d % 2 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
      }
    }
  }
  return x;
}

/// The options as the JSON object of a file; "weights.region" stands in an object "weights".
inline std::string config_json(const Options& options) {
  std::string out, nested;
  for (const auto& [name, value] : options.items) {
    const std::size_t dot = name.find('.');
    const std::string text = value.quoted ? "\"" + value.word + "\"" : value.word;
    if (dot == std::string::npos) {
      out += (out.empty() ? "" : ", ") + ("\"" + name + "\": ") + text;
    } else {
      nested += (nested.empty() ? "\"" + name.substr(0, dot) + "\": {" : ", ") +
                ("\"" + name.substr(dot + 1) + "\": ") + text;
    }
  }
  if (!nested.empty()) out = nested + "}" + (out.empty() ? "" : ", ") + out;
  return "{" + out + "}";
}

}  // namespace golden
