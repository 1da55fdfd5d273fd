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
  Config config;
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

inline std::string text(double number) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.12g", number);
  return digits;
}
inline std::string text(const std::vector<Index>& numbers) {
  std::string out;
  for (const Index number : numbers) out += (out.empty() ? "" : ", ") + std::to_string(number);
  return "[" + out + "]";
}

/// The options that a module reads, as the JSON object of its file.
inline std::string config_json(const std::string& module, const Config& c) {
  const bool matcher = module == "multi_granularity_matcher", regions = matcher || module == "region_alignment";
  std::vector<std::string> items;
  if (matcher) {
    items.push_back("\"weights\": {\"region\": " + text(c.region_weight) + ", \"global\": " + text(c.global_weight) +
                    ", \"patch\": " + text(c.patch_weight) + "}");
  }
  if (matcher || module == "region_embedding") {
    items.push_back(std::string("\"normalize\": ") + (c.l2 ? "\"l2\"" : "\"none\""));
  }
  if (regions || module == "multi_view_summarization") {
    items.push_back("\"channels\": " + text(c.channels));
    items.push_back("\"kernel_sizes\": " + text(c.kernel_sizes));
    items.push_back("\"dilations\": " + text(c.dilations));
  }
  if (regions || module == "sentence_attention") items.push_back("\"heads\": " + std::to_string(c.heads));
  if (matcher || module == "patch_selector" || module == "perturbed_top_k") {
    items.push_back("\"k\": " + std::to_string(c.k));
  }
  if (module == "perturbed_top_k") {
    items.push_back("\"sigma\": " + text(c.sigma));
    items.push_back(std::string("\"estimator\": ") + (c.diagonal ? "\"diagonal\"" : "\"full\""));
  }
  if (matcher || module == "patch_alignment" || module == "similarity_interaction") {
    items.push_back("\"temperature\": " + text(c.temperature));
  }
  if (module == "patch_alignment" && c.row) items.push_back("\"convention\": \"row\"");
  if (module == "triplet_ranking_loss") {
    items.push_back("\"margin\": " + text(c.margin));
    items.push_back(std::string("\"negatives\": ") + (c.all_negatives ? "\"all\"" : "\"hardest\""));
  }
  for (const auto& [name, value] : c.options.items) {
    items.push_back("\"" + name + "\": " + (value.quoted ? "\"" + value.word + "\"" : value.word));
  }
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return "{" + out + "}";
}

}  // namespace golden
