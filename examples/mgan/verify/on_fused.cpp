// Conformance cases on the fused sweep: its modules, in single precision on the CPU.
#include "lists.hpp"
#include "mgan/fused/torch.hpp"
#include "mgan/testing/torch/side.hpp"
#include "mgan/zoo/run.hpp"
#include "report.hpp"

namespace verify {

namespace {

using mgan::testing::TorchSide;

enum class Served { no_module, no_form, yes };

/// A row whose policies are chosen by a file, and that can say them as types.
template <class Row>
concept HasPolicies = requires(mgan::zoo::Options& options, const mgan::zoo::AlignmentSizes& sizes) {
  Row::template with_policies<at::Tensor>(options, sizes, [](const auto&) {});
};

/// The case through Row on the sweep: what is Fusable of the modules that its options come to, on images without
/// padding.
template <class Row>
Served run_fused(TorchSide& side) {
  Served served = Served::no_module;
  const auto run = [&]<class Module>(const mgan::zoo::Options& options, Module module) {
    if constexpr (mgan::Fusable<Module>) {
      options.done();
      served = Served::yes;
      mgan::zoo::run_module<Row>(side, module, [](const Module& m) { return mgan::Fused<Module>{m}; });
    }
  };
  using T = at::Tensor;
  constexpr mgan::zoo::AlignmentSizes small{.width = 1, .patches = 1, .words = 1};
  auto options = side.source.options();
  if constexpr (HasPolicies<Row>) {
    served = Served::no_form;
    if (side.source.has("input.region_lengths")) return served;
    Row::template with_policies<T>(options, small, [&](auto m) { run(options, std::move(m)); });
  } else {
    Row::template configured<T>(options, small, [&](auto m) { run(options, std::move(m)); });
  }
  return served;
}

}  // namespace

Report run_on_fused(const Case& c, const RunOptions& options) {
  RunOptions single = options;
  single.scalar = Scalar::f32;
  Report report = Report::of(c, "fused", single);
  const auto skip = [&](const char* why) {
    report.status = Status::skipped;
    report.message = why;
    return report;
  };
  if (options.device != "cpu") return skip("the fused sweep runs on the CPU");
  TorchSide side{c, at::kFloat};
  Served served = Served::no_module;
  mgan::zoo::each_row([&]<class Row>(std::type_identity<Row>) {
    if (c.module == Row::facts.name) served = run_fused<Row>(side);
  });
  if (served == Served::no_module) return skip("not a module of the fused sweep");
  if (served == Served::no_form) return skip("the fused sweep leaves this form to the functor");
  side.source.check_names();
  judge_values(report, c, side.outputs(), single);
  if (report.status != Status::skipped) judge_gradients(report, c, side.gradients(), single);
  return report;
}

}  // namespace verify
