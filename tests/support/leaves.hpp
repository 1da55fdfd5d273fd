// The arrays of a case by name: weights under the names that mgan visits, inputs under their own.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/parameters.hpp"
#include "tests/reference/multi_granularity_matcher.hpp"

namespace support {

using reference::Array;
using ReferenceLinear = reference::Linear;

/// Name and array; the arrays belong to the case.
struct Leaves : std::vector<std::pair<std::string, Array*>> {
  void add(const std::string& name, Array& array) { emplace_back(name, &array); }
  void add(const std::string& name, ReferenceLinear& p) {
    add(name + ".weight", p.weight);
    if (!p.bias.empty()) add(name + ".bias", p.bias);
  }
  Leaves& operator+=(const Leaves& more) {
    insert(end(), more.begin(), more.end());
    return *this;
  }
};

inline Leaves leaves(reference::RegionEmbedding& p, const std::string& in = "") {
  Leaves out;
  out.add(in + "feature", p.feature);
  out.add(in + "position", p.position);
  return out;
}
inline Leaves leaves(reference::PatchEmbedding& p, const std::string& in = "") {
  Leaves out;
  out.add(in + "mlp.0", p.first);
  out.add(in + "mlp.2", p.second);
  return out;
}
inline Leaves leaves(reference::MultiViewSummarization& p, const std::string& in = "") {
  Leaves out;
  for (std::size_t i = 0; i < p.conv.size(); ++i) {
    out.add(in + "conv." + std::to_string(i) + ".weight", p.conv[i].weight);
    out.add(in + "conv." + std::to_string(i) + ".bias", p.conv[i].bias);
  }
  out.add(in + "assignment", p.assignment);
  return out;
}
inline Leaves leaves(reference::SentenceAttention& p, const std::string& in = "") {
  Leaves out;
  out.add(in + "query", p.query);
  out.add(in + "key", p.key);
  out.add(in + "value", p.value);
  out.add(in + "output", p.output);
  return out;
}
inline Leaves leaves(reference::RegionAlignment& p, const std::string& in = "") {
  Leaves out = leaves(p.views, in + "views.");
  out += leaves(p.sentence, in + "sentence.");
  return out;
}
inline Leaves leaves(reference::PatchSelector& p, const std::string& in = "") {
  Leaves out;
  out.add(in + "norm.weight", p.norm_weight);
  out.add(in + "norm.bias", p.norm_bias);
  out.add(in + "project", p.project);
  out.add(in + "score.0", p.score_first);
  out.add(in + "score.2", p.score_second);
  return out;
}
inline Leaves leaves(reference::PatchAlignment& p, const std::string& in = "") {
  Leaves out;
  out.add(in + "A1", p.A1);
  out.add(in + "A2", p.A2);
  out.add(in + "A3", p.A3);
  out.add(in + "A4", p.A4);
  return out;
}
inline Leaves leaves(reference::MultiGranularityMatcher& p) {
  Leaves out = leaves(p.regions, "regions.");
  out += leaves(p.patches, "patches.");
  out.add("text.linear", p.text);
  out += leaves(p.region_alignment, "region_alignment.");
  out += leaves(p.selector, "selector.");
  out += leaves(p.patch_alignment, "patch_alignment.");
  return out;
}

/// Running statistics: loaded with the weights, without a gradient.
inline bool is_state(const std::string& name) { return name.ends_with(".mean") || name.ends_with(".variance"); }

/// Throws for a weight or a running statistic of `module` that `names` lacks, and the other way.
template <class M>
void check_names(const M& module, const Leaves& names) {
  std::size_t known = 0;
  mgan::visit_tensors(module, [&](const std::string& name, const auto&) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const auto& leaf) { return leaf.first == name; });
    mgan::require(found != names.end(), "the reference has no weight ", name);
    ++known;
  });
  mgan::require(known == names.size(), "mgan visits ", known, " weights, the reference has ", names.size());
}

}  // namespace support
