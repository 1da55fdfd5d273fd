// Conformance cases on LibTorch: values, and gradients by autograd.
#include <c10/core/Device.h>

#include "lists.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/testing/torch/side.hpp"
#include "report.hpp"
#include "whole_matrix.hpp"

namespace verify {

using mgan::testing::TorchSide;

Report run_on_torch(const Case& c, const RunOptions& options) {
  Report report = Report::of(c, "torch", options);
  check_module(c);
  if (is_whole_matrix(c.module)) {
    judge_values(report, c, whole_matrix(c, options.scalar != Scalar::f64), options);
    return report;
  }
  const at::ScalarType scalar = options.scalar == Scalar::f64   ? at::kDouble
                                : options.scalar == Scalar::f32 ? at::kFloat
                                                                : at::kBFloat16;
  TorchSide side{c, scalar, at::Device(options.device)};
  run_case(side);
  judge_values(report, c, side.outputs(), options);
  if (report.status != Status::skipped) judge_gradients(report, c, side.gradients(), options);
  return report;
}

namespace {

/// Uniform numbers in -1..1.
mgan::HostArray drawn(const mgan::Shape& shape, mgan::WeightGenerator& generator) {
  mgan::HostArray numbers{shape, {}};
  for (std::int64_t i = 0; i < mgan::element_count(shape); ++i) numbers.values.push_back(generator.uniform(-1, 1));
  return numbers;
}

/// The tensors that get a gradient: all but geometry, noise and what selects patches.
bool differentiable(const Case& c, const std::string& name) {
  if (name == "input.boxes" || name == "input.image_sizes" || name == "input.noise") return false;
  if (name == "input.labels" || name == "input.teacher") return false;
  return c.module != "multi_granularity_matcher" || !name.starts_with("param.selector.");
}

}  // namespace

Case computed(Case c, std::uint64_t seed) {
  check_module(c);
  std::erase_if(c.tensors, [](const auto& entry) {
    return entry.first.starts_with("expect.") || entry.first.starts_with("grad.");
  });
  if (is_whole_matrix(c.module)) {
    for (auto& [name, numbers] : whole_matrix(c)) c.tensors["expect." + name] = numbers;
    return c;
  }
  TorchSide side{c, at::kDouble, at::kCPU, differentiable};
  run_case(side);
  mgan::WeightGenerator generator{seed};
  for (const auto& [name, numbers] : side.outputs()) {
    c.tensors["expect." + name] = numbers;
    const std::string cotangent = "cotangent." + name;
    if (side.results.at(name).requires_grad() && c.tensors.count(cotangent) == 0)
      c.tensors[cotangent] = drawn(numbers.shape, generator);
  }
  for (auto& [name, gradient] : side.gradients(c)) c.tensors["grad." + name] = gradient;
  return c;
}

}  // namespace verify
