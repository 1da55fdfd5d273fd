// The models of a study. Only their alignment modules differ.
#pragma once

#include <string>
#include <vector>

#include "study.hpp"

namespace program {

/// The paper's Table 4: the full model, then without patches, without [CLS], without regions, and with plain
/// aggregation in the place of the interaction. An Error where `full` lacks one of these.
std::vector<Variant> ablations(const Config& full);
/// One module after the other in the slot; no names: every module that serves it.
std::vector<Variant> modules_in(const Config& base, ComparedSlot slot, std::vector<std::string> modules);

}  // namespace program
