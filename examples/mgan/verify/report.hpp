// What a case came to on one backend.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "case.hpp"
#include "mgan/testing/tolerance.hpp"

namespace verify {

enum class Status { ok, failed, skipped, could_not_run };

using mgan::Compared;
using mgan::Tolerance;

enum class Scalar { f64, f32, bf16 };
inline const char* name_of(Scalar scalar) {
  return scalar == Scalar::f64 ? "f64" : scalar == Scalar::f32 ? "f32" : "bf16";
}

inline const char* dtype_of(Scalar scalar) {
  return scalar == Scalar::f64 ? "F64" : scalar == Scalar::f32 ? "F32" : "BF16";
}

/// How cases are computed and judged.
struct RunOptions {
  Scalar scalar = Scalar::f64;
  std::string device = "cpu";                          // or "cuda"; of LibTorch
  std::optional<double> absolute = {}, relative = {};  // instead of the format's tolerances
};

/// A tolerance of the table, unless the options say another.
inline Tolerance chosen(const Tolerance& t, const RunOptions& options) {
  return {options.absolute.value_or(t.absolute), options.relative.value_or(t.relative)};
}
/// The tolerances of the format for values. Gradients have theirs, and are judged in double alone.
inline Tolerance value_tolerance(const Case& c, const RunOptions& options) {
  const auto* row = mgan::find_tolerance(Compared::values, dtype_of(options.scalar), c.temperature());
  return chosen(row ? row->tolerance : Tolerance{}, options);  // without a row nothing is judged
}
inline Tolerance gradient_tolerance(const RunOptions& options) {
  return chosen(mgan::tolerance(Compared::gradients, "F64"), options);
}

/// Whether a case has to come out right in this precision: near ties and cancelling sums are for double alone, and
/// bfloat16 is held to scores at mild temperatures, never to gates.
inline bool is_judged(const Case& c, const RunOptions& options, const std::string& output) {
  if (options.scalar == Scalar::f64) return true;
  if (c.double_only()) return false;
  if (options.scalar == Scalar::f32) return true;
  return output == "scores" && c.module != "naaf" && c.module != "retrieval_metrics" && c.temperature() >= 0.1 &&
         c.option<double>("beta", 1.0) >= 0.1;
}

struct Report {
  std::string name, module, backend, scalar;
  Status status = Status::ok;
  double value_error = 0;      // worst |a - b| of the outputs
  double gradient_error = -1;  // worst |a - b| of the gradients; -1: none were checked
  std::string message;         // the worst element, or why it did not run

  static Report of(const Case& c, std::string backend, const RunOptions& options) {
    Report report;
    report.name = c.name;
    report.module = c.module;
    report.backend = std::move(backend);
    report.scalar = name_of(options.scalar);
    return report;
  }
};

/// Compares `actual` with `expected` element by element; the worst violation goes into the report.
/// `judged` false: the error is printed, the case cannot fail by it.
inline void compare(Report& report, const std::string& tensor, const mgan::HostArray& actual,
                    const mgan::HostArray& expected, Tolerance tolerance, double& worst, bool judged) {
  if (actual.shape != expected.shape) {
    mgan::fail(tensor, ": computed ", actual.shape, ", expected ", expected.shape);
  }
  worst = std::max(worst, 0.0);
  double worst_excess = 0;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double a = actual.values[i], b = expected.values[i];
    const double error = a == b ? 0.0 : std::abs(a - b);
    const double allowed = tolerance.allowed(b);
    if (!(error <= worst)) worst = std::isnan(worst) ? worst : error;  // a NaN stays
    const double excess = std::isnan(error) ? HUGE_VAL : error / std::max(allowed, 1e-300);
    if (judged && !(error <= allowed) && excess > worst_excess) {
      worst_excess = excess;
      if (report.status != Status::failed || report.message.empty()) {
        char numbers[96];
        std::snprintf(numbers, sizeof numbers, " is %.17g, expected %.17g", a, b);
        const auto at = mgan::position(static_cast<std::int64_t>(i), expected.shape);
        report.message = tensor + mgan::to_string(at) + numbers;
      }
    }
  }
  if (worst_excess > 0) report.status = Status::failed;
}

Report run_on_eigen(const Case& c, const RunOptions& options);
Report run_on_torch(const Case& c, const RunOptions& options);
/// In single precision, whatever the options say; judged as such.
Report run_on_fused(const Case& c, const RunOptions& options);
/// Runs a case and turns an error into a report that says so.
Report run_on(const std::string& backend, const Case& c, const RunOptions& options);
/// The case with outputs, cotangents (those it lacks are drawn from `seed`) and gradients as LibTorch computes them in
/// double. What it expected before is forgotten.
Case computed(Case c, std::uint64_t seed);
/// Every file named, and every .safetensors file directly in a named folder.
std::vector<std::string> case_files(const std::vector<std::string>& paths);

}  // namespace verify
