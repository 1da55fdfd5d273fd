// Options that replace fields of a preset: one for every field that has an option.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "config.hpp"

namespace CLI {
class App;
}

namespace program {

/// What was given on the command line, kept until the preset is known.
class Overrides {
 public:
  /// Adds the options; help shows what each preset has. `notes` go to the help of the fields of these keys.
  void add_options(CLI::App& command, const std::map<std::string, std::string>& notes);
  void apply(Config& config) const;

 private:
  std::vector<std::function<void(Config&)>> given_;
};

}  // namespace program
