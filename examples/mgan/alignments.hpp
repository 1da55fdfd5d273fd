// From names on the command line to modules. A new module is one narrow .cpp beside this file and one line in the
// table.
#pragma once

#include <string>
#include <vector>

#include "any_alignment.hpp"

namespace program {

/// The sizes that a module may need, and the seed of its weights.
struct AlignmentSizes {
  std::int64_t width = 256;
  std::int64_t n_views = 12;
  std::int64_t heads = 8;
  std::int64_t patches = 16;
  std::int64_t words = 32;
  double temperature = 1;
  std::uint64_t seed = 0;
};

AnyRegionAlignment multi_view_alignment(const AlignmentSizes& sizes);
AnyGlobalAlignment cosine_alignment(const AlignmentSizes& sizes);
AnyPatchAlignment interaction_alignment(const AlignmentSizes& sizes);
AnyPatchAlignment plain_alignment(const AlignmentSizes& sizes);

template <class Module>
struct NamedModule {
  const char* name;
  const char* what;
  Module (*make)(const AlignmentSizes&);
};

inline const std::vector<NamedModule<AnyRegionAlignment>> region_alignments = {
    {"views", "multi-view summaries of the regions against the sentence, Eq. (3)-(4)", multi_view_alignment},
};
inline const std::vector<NamedModule<AnyGlobalAlignment>> global_alignments = {
    {"cosine", "cosine of the two [CLS] vectors, Eq. (11)", cosine_alignment},
};
inline const std::vector<NamedModule<AnyPatchAlignment>> patch_alignments = {
    {"interaction", "similarity interaction, Eq. (5)-(10)", interaction_alignment},
    {"plain", "mean of maxima in both directions, the ablation's standard aggregation", plain_alignment},
};

/// The module called `name`; "none" leaves the granularity out. Throws with the list of names otherwise.
template <class Module>
Module make_alignment(const std::vector<NamedModule<Module>>& table, const std::string& name,
                      const AlignmentSizes& sizes) {
  if (name == "none") return {};
  std::string names = "none";
  for (const auto& entry : table) {
    if (name == entry.name) return entry.make(sizes);
    names += std::string(", ") + entry.name;
  }
  mgan::fail("unknown alignment module '", name, "'; there are: ", names);
}

}  // namespace program
