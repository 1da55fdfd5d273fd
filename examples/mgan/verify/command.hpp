// `mgan verify`: conformance cases against this build.
#pragma once

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
};

/// Adds the subcommand and its options to the program.
CLI::App* add_command(CLI::App& program, Options& options);

/// Prints a line a case and backend, then `N passed, N failed, N skipped`.
/// Returns 0: all passed; 1: a value failed; 2: a case could not be run, or nothing passed.
int run(const Options& options);

}  // namespace verify
