// scripts/bench fused: the target table of all-pairs scoring.
//
//     fused_torch [--quick] [--out FILE] [--threshold X] [--rounds N]
#include <ATen/Parallel.h>
#include <torch/headeronly/version.h>

#include <csignal>
#include <cstring>

#include "support/memory_contest.hpp"
#include "support/scoring_contest.hpp"
#include "support/training_contest.hpp"

int main(int argc, char** argv) try {
  std::signal(SIGPIPE, SIG_IGN);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  bench::Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] {
      mgan::require(i + 1 < argc, word, " wants a value");
      return std::string(argv[++i]);
    };
    if (word == "--quick") o.quick = true;
    else if (word == "--out") o.out = value();
    else if (word == "--threshold") o.probe.threshold = std::stod(value());
    else if (word == "--rounds") o.rounds = std::stoi(value());
    else if (word == "--memory") {
      const std::string who = value();
      return bench::training_memory(who, std::stoll(value()));
    } else mgan::fail("fused_torch [--quick] [--out FILE] [--threshold X] [--rounds N], not ", word);
  }
  bench::set_malloc(bench::Malloc::plain);
  o.program = argv[0];
  o.probe.threads = o.threads = at::get_num_threads();
  bench::Report report;
  bench::describe(report, o);
  for (const std::int64_t width : {512, 2048}) bench::scoring_contest(report, o, width);
  for (const std::int64_t width : {512, 2048}) bench::training_contest(report, o, width);
  bench::memory_contest(report, o);
  report.head["probe"]["gflops"] = o.probe.best;
  report.print();
  if (!o.out.empty()) report.write(o.out);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
