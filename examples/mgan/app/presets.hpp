// What runs start from: docs/results.md has the recipes that were tried.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config.hpp"

namespace program {

/// The demo on scenes: small enough to train from scratch on two cores.
Config demo_preset();
/// A preset, for the data that it is to be used on.
Config preset(Preset name, const DataChoice& data);
/// The epochs of the paper on a data set, for a preset of the paper.
void use_recipe(Config& config, Preset name, PaperRecipe recipe);
/// What region features allow: the region granularity alone, since there are no pictures.
void regions_alone(Config& config);

/// Every preset by its name, the demo first; "photographs" is the demo on them.
std::vector<std::pair<std::string, Config>> named_presets();

}  // namespace program
