#include "command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "report.hpp"

namespace verify {

CLI::App* add_command(CLI::App& program, Options& options) {
  CLI::App* command = program.add_subcommand("verify", "Check conformance cases (values, and gradients on LibTorch)");
  command->add_option("paths", options.paths, "Case files (.safetensors), or folders of them")->required();
  command->add_option("--backend", options.backend, "eigen, torch or all")
      ->check(CLI::IsMember({"eigen", "torch", "all"}))
      ->capture_default_str();
  command->add_option("--scalar", options.scalar, "f64 or f32")
      ->check(CLI::IsMember({"f64", "f32"}))
      ->capture_default_str();
  command->footer(
      "One line a case and backend: name, module, worst value error, worst gradient error, ok | FAILED | skipped.\n"
      "Exit code 0: all passed; 1: a value failed; 2: a case could not be run, or nothing passed.");
  return command;
}

namespace {

struct Counts {
  int passed = 0, failed = 0, skipped = 0, could_not_run = 0;
};

std::string error_text(double error) {
  if (error < 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", error);
  return text;
}

void print(const Report& r, Counts& counts) {
  const bool ran = r.status == Status::ok || r.status == Status::failed;
  const char* words[] = {"ok", "FAILED", "skipped", "ERROR"};
  std::printf("%-44s %-27s %-5s %s  value %-8s gradient %-8s %s%s%s\n", r.name.c_str(), r.module.c_str(),
              r.backend.c_str(), r.scalar.c_str(), ran ? error_text(r.value_error).c_str() : "-",
              ran ? error_text(r.gradient_error).c_str() : "-", words[static_cast<int>(r.status)],
              r.message.empty() ? "" : "  ", r.message.c_str());
  (r.status == Status::ok        ? counts.passed
   : r.status == Status::failed  ? counts.failed
   : r.status == Status::skipped ? counts.skipped
                                 : counts.could_not_run)++;
}

}  // namespace

int run(const Options& options) {
  const std::vector<std::string> backends =
      options.backend == "all" ? std::vector<std::string>{"eigen", "torch"} : std::vector<std::string>{options.backend};
  Counts counts;
  for (const std::string& file : case_files(options.paths)) {
    try {
      const Case c = Case::read(file);
      for (const std::string& backend : backends) print(run_on(backend, c, options.scalar == "f32"), counts);
    } catch (const std::exception& error) {
      std::printf("%-44s ERROR  %s\n", file.c_str(), error.what());
      ++counts.could_not_run;
    }
  }
  if (counts.passed + counts.failed + counts.skipped + counts.could_not_run == 0) {
    std::fprintf(stderr, "verify: no case found: no .safetensors file in the named folders\n");
  }
  std::printf("%d passed, %d failed, %d skipped\n", counts.passed, counts.failed + counts.could_not_run,
              counts.skipped);
  if (counts.could_not_run > 0) return 2;
  if (counts.failed > 0) return 1;
  return counts.passed > 0 ? 0 : 2;
}

}  // namespace verify
