// Conformance cases on LibTorch: values, and gradients by autograd.
#include "matcher.hpp"
#include "torch_side.hpp"

namespace verify {

static void judge_gradients(Report& report, TorchSide& side, bool single) {
  const Case& c = side.source;
  bool any = false;
  for (const auto& entry : c.tensors) any = any || entry.first.rfind("grad.", 0) == 0;
  if (!any) return;
  const auto gradients = side.gradients();
  for (const auto& [name, expected] : c.tensors) {
    if (name.rfind("grad.", 0) != 0) continue;
    const auto found = gradients.find(name.substr(5));
    mgan::require(found != gradients.end(), c.file, ": module ", c.module, " has no input or weight for '", name, "'");
    compare(report, name, found->second, expected, {1e-8, 1e-7}, report.gradient_error, !single);
  }
}

Report run_on_torch(const Case& c, bool single) {
  Report report = Report::of(c, "torch", single);
  if (c.module == "retrieval_metrics") {
    judge_values(report, c, retrieval_metrics(c, single), single);
  } else {
    const auto& table = modules<TorchSide>();
    mgan::require(table.count(c.module) > 0, c.file, ": unknown module '", c.module, "'");
    TorchSide side{c, single ? at::kFloat : at::kDouble};
    table.at(c.module)(side);
    std::map<std::string, mgan::HostArray> outputs;
    for (const auto& [name, result] : side.results) outputs[name] = mgan::to_host(result);
    judge_values(report, c, outputs, single);
    judge_gradients(report, side, single);
  }
  return report;
}

}  // namespace verify
