// From names on the command line to modules. A new module is one narrow .cpp in alignments/ and one line below.
#pragma once

#include <string>
#include <vector>

#include "any_alignment.hpp"
#include "app/modes.hpp"

namespace program {

/// The sizes that a module may need, and the seed of its weights.
struct AlignmentSizes {
  std::int64_t width = 256;
  std::int64_t n_views = 12;
  std::int64_t heads = 8;
  std::int64_t patches = 16;
  std::int64_t words = 32;
  double temperature = 1;
  double interaction_start = 1;
  std::uint64_t seed = 0;
  Scorer scorer = Scorer::functor;
};

/// One name: what it is, and how it is made for the slots that it serves (the others are empty).
struct NamedModule {
  std::string name, what;
  std::function<AnyRegionAlignment(const AlignmentSizes&)> region = {};
  std::function<AnyGlobalAlignment(const AlignmentSizes&)> global = {};
  std::function<AnyPatchAlignment(const AlignmentSizes&)> patch = {};
};

// One function a file in alignments/.
std::vector<NamedModule> multi_view_modules();
std::vector<NamedModule> cosine_modules();
std::vector<NamedModule> interaction_modules();
std::vector<NamedModule> plain_modules();
std::vector<NamedModule> max_sim_modules();
std::vector<NamedModule> chan_modules();
std::vector<NamedModule> scan_modules();
std::vector<NamedModule> aosm_modules();
std::vector<NamedModule> weighted_token_modules();
std::vector<NamedModule> naaf_modules();
std::vector<NamedModule> self_weighted_modules();

/// All of them, the paper's own first.
const std::vector<NamedModule>& named_modules();
/// "interaction, plain, ..., none": the names for a slot, `&NamedModule::patch` for example.
template <class Slot>
std::vector<std::string> names_for(Slot slot) {
  std::vector<std::string> names;
  for (const NamedModule& module : named_modules())
    if (module.*slot) names.push_back(module.name);
  return names;
}
std::string joined(const std::vector<std::string>& names);

/// The module called `name` for a slot; "none" leaves the granularity out. Throws with the list of names otherwise.
template <class Slot>
auto make_alignment(Slot slot, const std::string& name, const AlignmentSizes& sizes) {
  using Module = decltype((std::declval<const NamedModule&>().*slot)(sizes));
  if (name == "none") return Module{};
  for (const NamedModule& module : named_modules())
    if (name == module.name && module.*slot) return (module.*slot)(sizes);
  mgan::fail("unknown alignment module '", name, "'; there are: ", joined(names_for(slot)), ", none");
}

}  // namespace program
