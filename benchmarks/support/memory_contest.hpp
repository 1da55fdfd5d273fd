// Peak memory of a training step.
#pragma once

#include <cstdio>

#include "training_contest.hpp"

namespace bench {

/// Prints the MB by which a training step makes a fresh process grow at its peak: the child of memory_contest.
inline int training_memory(const std::string& who, std::int64_t batch) {
  const Workload w = make_workload(batch, batch, 16, 32, 512);
  {
    const Workload small = make_workload(8, 8, 16, 32, 512);  // threads, code and libraries are there before
    Training t(small, 8);
    who == "mgan" ? t.ours(Training::Loss::hinge) : t.eager(Training::Loss::hinge, false);
  }
  Training t(w, batch);
  reset_peak();
  const double before = memory("VmRSS");
  who == "mgan" ? t.ours(Training::Loss::hinge) : t.eager(Training::Loss::hinge, false);
  std::printf("%.1f\n", memory("VmHWM") - before);
  return 0;
}

/// Peak memory of one training step with hardest negatives, every one in a fresh process.
inline void memory_contest(Report& report, const Options& o) {
  std::printf("\npeak memory of a training step (hardest negatives), D = 512, MB beyond inputs and weights\n");
  for (const std::int64_t batch : o.quick ? std::vector<std::int64_t>{64} : std::vector<std::int64_t>{128, 512}) {
    const auto of = [&](const char* who) {
      std::FILE* pipe = ::popen(("'" + o.program + "' --memory " + who + " " + std::to_string(batch)).c_str(), "r");
      double mb = std::numeric_limits<double>::quiet_NaN();
      if (pipe && std::fscanf(pipe, "%lf", &mb) != 1) mb = std::numeric_limits<double>::quiet_NaN();
      if (pipe) ::pclose(pipe);
      return mb;
    };
    const double ours = of("mgan"), theirs = of("eager");
    std::printf("   batch %4lld: mgan %8.1f, eager %8.1f\n", static_cast<long long>(batch), ours, theirs);
    const std::string at = "B = " + std::to_string(batch);
    report.figures.push_back({{"contest", "memory of a training step, " + at}, {"who", "mgan"}, {"MB", ours}});
    report.figures.push_back({{"contest", "memory of a training step, " + at}, {"who", "eager"}, {"MB", theirs}});
    if (batch == 512)
      report.row("peak memory of a training step, of eager's", at, 100 * ours / theirs, " %", 12.5, 5, Better::less);
    else report.note("peak memory of a training step, of eager's", at, 100 * ours / theirs, " %");
  }
}

}  // namespace bench
