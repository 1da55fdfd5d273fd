// What decides a training run on the command line: a preset, and one option for every field that takes its place.
#pragma once

#include <string>

#include "app/overrides.hpp"
#include "app/presets.hpp"

namespace CLI {
class App;
}

namespace program {

class RunOptions {
 public:
  Preset preset = Preset::demo;
  PaperRecipe recipe = PaperRecipe::flickr30k;
  std::string device = "cpu";
  int loaders = 1;

  /// Adds --preset, --recipe, the fields, --device and --loaders.
  void add_options(CLI::App& command);
  /// What was asked for, checked as far as that goes without the data. Without pictures and cache the granularities
  /// are the regions alone, which is said unless `quiet`.
  Config config(const CLI::App& command, bool quiet) const;

 private:
  Overrides overrides_;
};

}  // namespace program
