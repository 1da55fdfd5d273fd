// `mgan verify`: conformance cases against this build.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace verify {

struct Options {
  std::vector<std::string> paths;
  std::string backend = "all";
  std::string scalar = "f64";
  std::string device = "cpu";
  double absolute = -1, relative = -1;  // negative: the format's
  std::string junit, json;              // files to write; empty: none
  std::string encoders;                 // folder of encoder fixtures; empty: conformance cases
  std::string write;                    // folder for cases made by this library; empty: check the named ones
  std::vector<std::string> modules;     // rows of the format; empty: all
  std::uint64_t seed = 1;
  bool page = false;  // print docs/modules.md and do nothing else
};

/// Adds the subcommand and its options to the program.
CLI::App* add_command(CLI::App& program, Options& options);

/// Prints a line a case and backend, then `N passed, N failed, N skipped`.
/// Returns 0: all passed; 1: a value failed; 2: a case could not be run, or nothing passed.
int run(const Options& options);

}  // namespace verify
