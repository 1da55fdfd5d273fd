// scripts/bench fused: the target table of all-pairs scoring.
//
//     fused_torch [--quick] [--out FILE] [--threshold X] [--rounds N] [--only SECTION,...]
#include "support/compiled_contest.hpp"
#include "support/cost.hpp"
#include "support/gradient_contest.hpp"
#include "support/memory_contest.hpp"
#include "support/precision_contest.hpp"
#include "support/pruning_rows.hpp"
#include "support/sections.hpp"

int main(int argc, char** argv) try {
  if (bench::is_memory_child(argc, argv)) return bench::training_memory(argv[2], std::stoll(argv[3]));
  bench::Options options = bench::options(argc, argv);
  std::vector<bench::Section> sections;
  const auto at_widths = [&](const std::string& name, auto contest) {
    for (const std::int64_t width : {512, 2048})
      sections.push_back({name + "-" + std::to_string(width),
                          [=](bench::Report& report, bench::Options& o) { contest(report, o, width); }});
  };
  at_widths("scoring", bench::scoring_contest);
  at_widths("compiled", bench::compiled_contest);
  at_widths("precision", bench::precision_contest);
  sections.push_back({"workspace", bench::workspace_contest});
  sections.push_back({"pairs", bench::cost_of_pairs});
  at_widths("training", bench::training_contest);
  sections.push_back({"memory", bench::memory_contest});
  sections.push_back({"gradients", bench::gradient_contest});
  bench::measure_sections("fused", options, sections, bench::pruning_rows_beside(options.out));
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
