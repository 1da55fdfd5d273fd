#include "command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "encoders.hpp"
#include "module_page.hpp"
#include "outcome.hpp"
#include "write.hpp"

namespace verify {

CLI::App* add_command(CLI::App& program, Options& options) {
  CLI::App* command = program.add_subcommand("verify", "Check conformance cases (values, and gradients on LibTorch)");
  command->add_option("paths", options.paths, "Case files (.safetensors), or folders of them");
  command->add_option("--backend", options.backend, "eigen, torch, fused (the CPU sweep, in single) or all of them")
      ->check(CLI::IsMember({"eigen", "torch", "fused", "all"}))
      ->capture_default_str();
  command->add_option("--scalar", options.scalar, "f64, f32 or bf16 (LibTorch alone)")
      ->check(CLI::IsMember({"f64", "f32", "bf16"}))
      ->capture_default_str();
  command->add_option("--device", options.device, "cpu or cuda (LibTorch alone)")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  const CLI::Range tolerance(0.0, 1.0);
  command->add_option("--atol", options.absolute, "|a - b| <= atol + rtol |b|, instead of the format's tolerances")
      ->check(tolerance);
  command->add_option("--rtol", options.relative, "See --atol")->check(tolerance);
  command->add_option("--module", options.modules, "Only these modules (may be repeated)");
  command->add_option("--junit", options.junit, "Also write the results as JUnit XML into this file");
  command->add_option("--json", options.json, "Also write the results as JSON into this file");
  command->add_option("--encoders", options.encoders,
                      "Check published encoders and files of the field in this folder instead: clip, bert, images, "
                      "wordpiece, safetensors, npy");
  command->add_option("--write", options.write,
                      "Make cases in this folder instead: of the named files' inputs, or, without files, of random "
                      "inputs for every module");
  command->add_flag("--page", options.page, "Print docs/modules.md: tensors and options of every module");
  command->add_option("--seed", options.seed, "Of what --write draws")->capture_default_str();
  command->footer(
      "One line a case and backend: name, module, worst value error, worst gradient error, ok | FAILED | skipped;\n"
      "then one line a module, and `N passed, N failed, N skipped`.\n"
      "Exit code 0: all passed; 1: a value failed; 2: a case could not be run, or nothing passed.");
  return command;
}

namespace {

RunOptions run_options(const Options& o) {
  RunOptions run;
  run.scalar = o.scalar == "f64" ? Scalar::f64 : o.scalar == "f32" ? Scalar::f32 : Scalar::bf16;
  run.device = o.device;
  if (o.absolute >= 0) run.absolute = o.absolute;
  if (o.relative >= 0) run.relative = o.relative;
  return run;
}

std::string error_text(double error) {
  if (error < 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", error);
  return text;
}

void print(const Report& r) {
  const bool ran = r.status == Status::ok || r.status == Status::failed;
  std::printf("%-44s %-27s %-5s %-4s value %-8s gradient %-8s %s%s%s\n", r.name.c_str(), r.module.c_str(),
              r.backend.c_str(), r.scalar.c_str(), ran ? error_text(r.value_error).c_str() : "-",
              ran ? error_text(r.gradient_error).c_str() : "-", word_of(r.status), r.message.empty() ? "" : "  ",
              r.message.c_str());
}

void print_summary(const std::vector<Report>& reports) {
  std::printf("\n%-28s %6s %6s %7s   worst value  worst gradient\n", "module", "passed", "failed", "skipped");
  for (const ModuleSummary& m : summary_by_module(reports)) {
    std::printf("%-28s %6d %6d %7d   %-11s  %s\n", m.module.c_str(), m.counts.passed,
                m.counts.failed + m.counts.could_not_run, m.counts.skipped, error_text(m.value_error).c_str(),
                error_text(m.gradient_error).c_str());
  }
}

bool wanted(const Options& options, const std::string& module) {
  return options.modules.empty() ||
         std::find(options.modules.begin(), options.modules.end(), module) != options.modules.end();
}

}  // namespace

int run(const Options& options) {
  if (options.page) {
    std::fputs(module_page().c_str(), stdout);
    return 0;
  }
  if (!options.encoders.empty()) return verify_encoders(options.encoders);
  if (!options.write.empty()) return write_cases(options);
  std::vector<std::string> backends{options.backend};
  if (options.backend == "all") {
    backends = {"eigen", "torch"};
    // The sweep computes in single precision: tolerances that were chosen for another one are not for it.
    if (options.absolute < 0 && options.relative < 0) backends.push_back("fused");
  }
  std::vector<Report> reports;
  const auto add = [&](Report report) {
    print(report);
    reports.push_back(std::move(report));
  };
  for (const std::string& file : case_files(options.paths)) {
    try {
      const Case c = read_case(file);
      if (!wanted(options, c.module)) continue;
      for (const std::string& backend : backends) add(run_on(backend, c, run_options(options)));
    } catch (const std::exception& error) {
      Report unread;
      unread.name = file;
      unread.module = unread.backend = "-";
      unread.scalar = options.scalar;
      unread.status = Status::could_not_run;
      unread.message = error.what();
      add(unread);
    }
  }
  const Counts counts = count(reports);
  if (reports.empty())
    std::fprintf(stderr, "verify: no case found: no .safetensors file%s in what was named\n",
                 options.modules.empty() ? "" : " of these modules");
  else print_summary(reports);
  if (!options.junit.empty()) write_junit(options.junit, reports);
  if (!options.json.empty()) write_json(options.json, reports);
  std::printf("%d passed, %d failed, %d skipped\n", counts.passed, counts.failed + counts.could_not_run,
              counts.skipped);
  if (counts.could_not_run > 0) return 2;
  if (counts.failed > 0) return 1;
  return counts.passed > 0 ? 0 : 2;
}

}  // namespace verify
