// The program `mgan-verify`: what `mgan verify` starts, with the same arguments.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/start.hpp"
#include "verify/command.hpp"

int main(int argc, char** argv) {
  program::start(argv);
  CLI::App app("mgan: image-text matching at three granularities", "mgan");
  app.require_subcommand(1);
  verify::Options options;
  verify::add_command(app, options);
  try {
    app.parse(argc, argv);
    return verify::run(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mgan: %s\n", error.what());
    return 2;
  }
}
