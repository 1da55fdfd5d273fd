// Conformance cases on LibTorch: values, and gradients by autograd.
#include <c10/core/Device.h>

#include "matcher.hpp"
#include "torch_side.hpp"

namespace verify {

using Arrays = std::map<std::string, mgan::HostArray>;

static void run_module(TorchSide& side) {
  const auto& table = modules<TorchSide>();
  mgan::require(table.count(side.source.module) > 0, side.source.file, ": unknown module '", side.source.module, "'");
  table.at(side.source.module)(side);
}

static Arrays outputs_of(const TorchSide& side) {
  Arrays outputs;
  for (const auto& [name, result] : side.results) outputs[name] = mgan::to_host(result);
  return outputs;
}

static void judge_gradients(Report& report, TorchSide& side, const RunOptions& options) {
  const Case& c = side.source;
  bool any = false;
  for (const auto& entry : c.tensors) any = any || entry.first.rfind("grad.", 0) == 0;
  if (!any) return;
  const auto gradients = side.gradients();
  for (const auto& [name, expected] : c.tensors) {
    if (name.rfind("grad.", 0) != 0) continue;
    const auto found = gradients.find(name.substr(5));
    mgan::require(found != gradients.end(), c.file, ": module ", c.module, " has no input or weight for '", name, "'");
    compare(report, name, found->second, expected, gradient_tolerance(options), report.gradient_error,
            options.scalar == Scalar::f64);
  }
}

void judge_torch(Report& report, TorchSide& side, const RunOptions& options) {
  judge_values(report, side.source, outputs_of(side), options);
  if (report.status != Status::skipped) judge_gradients(report, side, options);
}

Report run_on_torch(const Case& c, const RunOptions& options) {
  Report report = Report::of(c, "torch", options);
  if (c.module == "retrieval_metrics") {
    judge_values(report, c, retrieval_metrics(c, options.scalar != Scalar::f64), options);
  } else {
    const at::ScalarType scalar = options.scalar == Scalar::f64   ? at::kDouble
                                  : options.scalar == Scalar::f32 ? at::kFloat
                                                                  : at::kBFloat16;
    TorchSide side{c, scalar, at::Device(options.device)};
    run_module(side);
    judge_torch(report, side, options);
  }
  return report;
}

/// Uniform numbers in -1..1.
static mgan::HostArray drawn(const mgan::Shape& shape, mgan::WeightGenerator& generator) {
  mgan::HostArray numbers{shape, {}};
  for (std::int64_t i = 0; i < mgan::element_count(shape); ++i) numbers.values.push_back(generator.uniform(-1, 1));
  return numbers;
}

Case computed(Case c, std::uint64_t seed) {
  std::erase_if(c.tensors, [](const auto& entry) {
    return entry.first.rfind("expect.", 0) == 0 || entry.first.rfind("grad.", 0) == 0;
  });
  if (c.module == "retrieval_metrics") {
    for (auto& [name, numbers] : retrieval_metrics(c)) c.tensors["expect." + name] = numbers;
    return c;
  }
  const Case source = c;
  TorchSide side{source, at::kDouble, at::kCPU, true};
  run_module(side);
  mgan::WeightGenerator generator{seed};
  Case complete = c;
  for (const auto& [name, numbers] : outputs_of(side)) {
    complete.tensors["expect." + name] = numbers;
    const std::string cotangent = "cotangent." + name;
    if (side.results.at(name).requires_grad() && !c.has(cotangent))
      complete.tensors[cotangent] = drawn(numbers.shape, generator);
  }
  for (auto& [name, gradient] : side.gradients(complete)) complete.tensors["grad." + name] = gradient;
  return complete;
}

}  // namespace verify
