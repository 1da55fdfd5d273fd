// scripts/bench step: one training step of the whole matcher at the paper's sizes, against PyTorch.
//
//     step_torch [--quick] [--out FILE] [--threshold X] [--rounds N] [--only SECTION,...] [--device cuda]
//     step_torch --operators WIDTH fp32|bf16       where the time of our step goes, operator by operator
//
// One process a contestant; weights, batch and the selector's noise are the same for all, and loss and every gradient
// of the first step are compared before the clock runs. On one thread the seconds are those of the processor.
#include "support/step_contest.hpp"

int main(int argc, char** argv) try {
  if (argc == 2 && std::string(argv[1]) == "--serve") return bench::serve_steps();
  if (argc == 4 && std::string(argv[1]) == "--operators")
    return bench::print_operators(std::stoll(argv[2]), std::string(argv[3]) == "bf16");
  bench::Options options = bench::options(argc, argv);
  std::vector<bench::Section> sections;
  for (const std::int64_t width : {2048, 256})
    for (const bench::StepKind kind : {bench::StepKind::fp32, bench::StepKind::bf16, bench::StepKind::tuned})
      sections.push_back({bench::name_of(kind) + "-" + std::to_string(width),
                          [=](bench::Report& report, bench::Options& o) { step_contest(report, o, width, kind); }});
  bench::measure_sections("step", options, sections);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
