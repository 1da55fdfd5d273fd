// Conformance cases on Eigen: values alone.
#include "eigen_side.hpp"
#include "matcher.hpp"

namespace verify {

template <class S>
static void run(Report& report, const Case& c) {
  EigenSide<S> side{c};
  modules<EigenSide<S>>().at(c.module)(side);
  judge_values(report, c, side.outputs, std::is_same_v<S, float>);
}

Report run_on_eigen(const Case& c, bool single) {
  Report report = Report::of(c, "eigen", single);
  if (c.module == "retrieval_metrics") judge_values(report, c, retrieval_metrics(c, single), single);
  else if (modules<EigenSide<double>>().count(c.module) == 0) mgan::fail(c.file, ": unknown module '", c.module, "'");
  else if (single) run<float>(report, c);
  else run<double>(report, c);
  return report;
}

}  // namespace verify
