// The program `mgan`: demo, compare, extract, train, evaluate, index, search, verify.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "demo/command.hpp"
#include "evaluate/command.hpp"
#include "extract/command.hpp"
#include "search/commands.hpp"
#include "train/command.hpp"
#include "verify/command.hpp"

/// LibTorch's OpenMP threads spin between parallel regions, and beside one busy process they spin away the time slices
/// that the others need (docs/performance.md). The policy is read when the library is loaded: start anew with it set.
static void wait_without_spinning(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  ::setenv("OMP_WAIT_POLICY", "passive", 1);
  ::execv("/proc/self/exe", argv);  // returns only if it failed; then the default policy will do
}

int main(int argc, char** argv) {
  wait_without_spinning(argv);
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is a write error with a message, not a death
  CLI::App app("mgan: image-text matching at three granularities", "mgan");
  app.require_subcommand(1);
  verify::Options verify_options;
  const CLI::App* verify_command = verify::add_command(app, verify_options);
  program::add_demo_command(app);
  program::add_compare_command(app);
  program::add_train_command(app);
  program::add_evaluate_command(app);
  program::add_extract_command(app);
  program::add_index_command(app);
  program::add_search_command(app);
  try {
    app.parse(argc, argv);
    return verify_command->parsed() ? verify::run(verify_options) : 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mgan: %s\n", error.what());
    return 2;
  }
}
