// The program `mgan`: demo, train, evaluate, verify.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "demo_command.hpp"
#include "evaluate_command.hpp"
#include "train_command.hpp"
#include "verify/command.hpp"

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is a write error with a message, not a death
  CLI::App app("mgan: image-text matching at three granularities", "mgan");
  app.require_subcommand(1);
  verify::Options verify_options;
  const CLI::App* verify_command = verify::add_command(app, verify_options);
  program::add_demo_command(app);
  program::add_train_command(app);
  program::add_evaluate_command(app);
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
