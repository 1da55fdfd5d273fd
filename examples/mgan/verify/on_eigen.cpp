// Conformance cases on Eigen: values alone.
#include "eigen_side.hpp"
#include "matcher.hpp"

namespace verify {

template <class S>
static void run(Report& report, const Case& c, const RunOptions& options) {
  EigenSide<S> side{c};
  modules<EigenSide<S>>().at(c.module)(side);
  judge_values(report, c, side.outputs, options);
}

Report run_on_eigen(const Case& c, const RunOptions& options) {
  Report report = Report::of(c, "eigen", options);
  const bool single = options.scalar == Scalar::f32;
  mgan::require(c.module == "retrieval_metrics" || modules<EigenSide<double>>().count(c.module) > 0, c.file,
                ": unknown module '", c.module, "'");
  if (options.scalar == Scalar::bf16 || options.device != "cpu") {
    report.status = Status::skipped;
    report.message = "Eigen computes in double and single, on the CPU";
  } else if (c.module == "retrieval_metrics") {
    judge_values(report, c, retrieval_metrics(c, single), options);
  } else if (single) {
    run<float>(report, c, options);
  } else {
    run<double>(report, c, options);
  }
  return report;
}

}  // namespace verify
