// What a case came to on one backend.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "case.hpp"

namespace verify {

enum class Status { ok, failed, skipped, could_not_run };

/// |a - b| <= absolute + relative |b|.
struct Tolerance {
  double absolute;
  double relative;
};

struct Report {
  std::string name, module, backend, scalar;
  Status status = Status::ok;
  double value_error = 0;      // worst |a - b| of the outputs
  double gradient_error = -1;  // worst |a - b| of the gradients; -1: none were checked
  std::string message;         // the worst element, or why it did not run

  static Report of(const Case& c, std::string backend, bool single) {
    Report report;
    report.name = c.name;
    report.module = c.module;
    report.backend = std::move(backend);
    report.scalar = single ? "f32" : "f64";
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
    const double allowed = tolerance.absolute + tolerance.relative * std::abs(b);
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

Report run_on_eigen(const Case& c, bool single);
Report run_on_torch(const Case& c, bool single);
/// Runs a case and turns an error into a report that says so.
Report run_on(const std::string& backend, const Case& c, bool single);
/// Every file named, and every .safetensors file directly in a named folder.
std::vector<std::string> case_files(const std::vector<std::string>& paths);

}  // namespace verify
