// From names on the command line to modules: the table of mgan/zoo, each module behind one type.
#pragma once

#include <string>
#include <vector>

#include "any_alignment.hpp"
#include "app/modes.hpp"
#include "mgan/zoo/row.hpp"

namespace program {

/// The sizes that a module may need, and what scores it: the functor, or the fused sweep where the module can be.
struct AlignmentSizes : mgan::zoo::AlignmentSizes {
  Scorer scorer = Scorer::functor;
};

/// One name: what it is, and how it is made for the slots that it serves (the others are empty).
struct NamedModule {
  std::string name, what;
  std::function<AnyRegionAlignment(const AlignmentSizes&)> region = {};
  std::function<AnyGlobalAlignment(const AlignmentSizes&)> global = {};
  std::function<AnyPatchAlignment(const AlignmentSizes&)> patch = {};
};

/// Those of one list of the table. One .cpp a list in alignments/ has them.
template <class Rows>
std::vector<NamedModule> modules_of();

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
using mgan::zoo::joined;

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
