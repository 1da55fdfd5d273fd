// The program `mgan`: demo, compare, ablate, extract, train, evaluate, index, search; verify is the program beside it.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>

#include "app/command_line.hpp"
#include "app/start.hpp"
#include "evaluate/command.hpp"
#include "extract/command.hpp"
#include "search/commands.hpp"
#include "study/commands.hpp"
#include "train/command.hpp"

/// `mgan verify` becomes the program `mgan-verify` beside this one: it holds every module twice, and who trains and
/// searches need not compile that. Returns only if it could not be started.
static int verify(char** argv) {
  const std::filesystem::path beside = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "mgan-verify";
  ::execv(beside.c_str(), argv);
  if (errno == ENOENT)
    std::fprintf(stderr,
                 "mgan: verify is a program of its own, and %s is not there: build it with scripts/verify, or with the "
                 "target mgan_verify\n",
                 beside.c_str());
  else std::fprintf(stderr, "mgan: cannot start %s: %s\n", beside.c_str(), std::strerror(errno));
  return 2;
}

int main(int argc, char** argv) {
  program::start(argv);
  CLI::App app("mgan: image-text matching at three granularities", "mgan");
  app.require_subcommand(1);
  app.add_subcommand("verify", "Check conformance cases (values, and gradients on LibTorch)");
  program::add_demo_command(app);
  program::add_compare_command(app);
  program::add_ablate_command(app);
  program::add_train_command(app, program::train_seeds);
  program::add_evaluate_command(app);
  program::add_extract_command(app);
  program::add_index_command(app);
  program::add_search_command(app);
  program::add_options_command(app);
  try {
    if (argc > 1 && std::string_view(argv[1]) == "verify") return verify(argv);
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    std::fprintf(stderr, "mgan: %s\n", program::message_of(app, error, argc, argv).c_str());
    return 2;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "mgan: not enough memory\n");
    return 2;
  } catch (const std::exception& error) {  // of LibTorch's text the reason alone, without its stack frames
    const std::string_view text = error.what();
    const std::string why(text.substr(0, text.find("\nException raised from ")));
    std::fprintf(stderr, "mgan: %s\n", why.c_str());
    return 2;
  }
}
