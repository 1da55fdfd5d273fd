// scripts/bench fused: the target table of all-pairs scoring.
//
//     fused_torch [--quick] [--out FILE] [--threshold X] [--rounds N]
#include <cstring>

#include "support/memory_contest.hpp"

int main(int argc, char** argv) try {
  if (argc == 4 && std::strcmp(argv[1], "--memory") == 0) return bench::training_memory(argv[2], std::stoll(argv[3]));
  bench::Options o = bench::options(argc, argv);
  bench::Report report;
  bench::describe(report, o, "fused");
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
