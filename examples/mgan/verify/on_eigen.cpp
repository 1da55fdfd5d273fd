// Conformance cases on Eigen: values alone.
#include "lists.hpp"
#include "mgan/testing/eigen/side.hpp"
#include "report.hpp"
#include "whole_matrix.hpp"

namespace verify {

namespace {

template <class S>
void run(Report& report, const Case& c, const RunOptions& options) {
  mgan::testing::EigenSide<S> side{c};
  run_case(side);
  judge_values(report, c, side.results, options);
}

}  // namespace

Report run_on_eigen(const Case& c, const RunOptions& options) {
  Report report = Report::of(c, "eigen", options);
  const bool single = options.scalar == Scalar::f32;
  check_module(c);
  if (options.scalar == Scalar::bf16 || options.device != "cpu") {
    report.status = Status::skipped;
    report.message = "Eigen computes in double and single, on the CPU";
  } else if (is_whole_matrix(c.module)) {
    judge_values(report, c, whole_matrix(c, single), options);
  } else if (single) {
    run<float>(report, c, options);
  } else {
    run<double>(report, c, options);
  }
  return report;
}

}  // namespace verify
