#include "variants.hpp"

#include <algorithm>

#include "model/alignments.hpp"

namespace program {

std::vector<Variant> ablations(const Config& full) {
  const ModelConfig& m = full.model;
  mgan::require(
      m.region_alignment != "none" && m.global_alignment != "none" && m.patch_alignment != "none",
      "the ablations leave regions, [CLS] and patches out of a model that has all three; this one has region '",
      m.region_alignment, "', global '", m.global_alignment, "', patch '", m.patch_alignment, "'");
  mgan::require(m.patch_alignment != "plain",
                "the ablations put plain aggregation in the place of another patch module, "
                "but --patch-alignment is plain");
  std::vector<Variant> variants = {{"full", "full model", "region + global + patch", full},
                                   {"no-patch", "without patches", "region + global", full},
                                   {"no-global", "without global", "region + patch", full},
                                   {"no-region", "without regions", "global + patch", full},
                                   {"plain", "plain aggregation", "instead of the interaction", full}};
  variants[1].config.model.patch_alignment = "none";
  variants[2].config.model.global_alignment = "none";
  variants[3].config.model.region_alignment = "none";
  variants[4].config.model.patch_alignment = "plain";
  return variants;
}

std::vector<Variant> modules_in(const Config& base, ComparedSlot slot, std::vector<std::string> modules) {
  const bool patch = slot == ComparedSlot::patch;
  const auto known = patch ? names_for(&NamedModule::patch) : names_for(&NamedModule::region);
  if (modules.empty()) modules = known;
  std::vector<Variant> variants;
  for (const std::string& name : modules) {
    mgan::require(std::find(known.begin(), known.end(), name) != known.end(), "unknown alignment module '", name,
                  "' for the ", word_of(slot), " slot; there are: ", joined(known));
    variants.push_back({name, name, "in the " + word_of(slot) + " slot", base});
    ModelConfig& model = variants.back().config.model;
    (patch ? model.patch_alignment : model.region_alignment) = name;
  }
  return variants;
}

}  // namespace program
