// Peak memory of a training step.
#pragma once

#include <cstdio>
#include <cstring>

#include "training_contest.hpp"

namespace bench {

/// Prints the MB by which a training step makes a fresh process grow at its peak: the child of memory_contest. `who` is
/// mgan, standard or innermost (eager, in that layout).
inline int training_memory(const std::string& who, std::int64_t batch) {
  const auto step = [&](Training& t) {
    who == "mgan" ? t.ours(Training::Loss::hinge) : t.eager(Training::Loss::hinge, who == "innermost");
  };
  const Workload w = make_workload(batch, batch, 16, 32, 512);
  {
    const Workload small = make_workload(8, 8, 16, 32, 512);  // threads, code and libraries are there before
    Training t(small, 8);
    step(t);
  }
  Training t(w, batch);
  reset_peak();
  const double before = memory("VmRSS");
  step(t);
  std::printf("%.1f\n", memory("VmHWM") - before);
  return 0;
}

/// Whether this process is such a child: `--memory WHO BATCH`.
inline bool is_memory_child(int argc, char** argv) { return argc == 4 && std::strcmp(argv[1], "--memory") == 0; }

/// Peak memory of one training step with hardest negatives, every one in a fresh process; LibTorch in the layout that
/// takes less.
inline void memory_contest(Report& report, const Options& o) {
  std::printf("   peak memory of a training step (hardest negatives), D = 512, MB beyond inputs and weights\n");
  for (const std::int64_t batch : o.quick ? std::vector<std::int64_t>{64} : std::vector<std::int64_t>{128, 256, 512}) {
    const auto of = [&](const char* who) {
      std::FILE* pipe = ::popen(("'" + o.program + "' --memory " + who + " " + std::to_string(batch)).c_str(), "r");
      double mb = std::numeric_limits<double>::quiet_NaN();
      if (pipe && std::fscanf(pipe, "%lf", &mb) != 1) mb = std::numeric_limits<double>::quiet_NaN();
      if (pipe) ::pclose(pipe);
      return mb;
    };
    const double ours = of("mgan"), theirs = std::min(of("standard"), of("innermost"));
    std::printf("   batch %4lld: mgan %8.1f, eager %8.1f\n", static_cast<long long>(batch), ours, theirs);
    const std::string at = "B = " + std::to_string(batch);
    for (const auto& [who, mb] : {std::pair("mgan", ours), std::pair("LibTorch eager", theirs)}) {
      report.figures.push_back({{"contest", "memory of a training step, " + at}, {"who", who}, {"MB", mb}});
      report.curves.push_back({{"series", "memory"}, {"line", who}, {"x", batch}, {"MB", mb}});
    }
    const std::string what = "peak memory of a training step, of LibTorch's";
    if (batch == 512) report.row(what, at, 100 * ours / theirs, " %", 12.5, 5, Better::less);
    else report.note(what, at, 100 * ours / theirs, " %");
  }
}

}  // namespace bench
