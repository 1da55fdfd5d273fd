// What a case came to on one backend.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "case_file.hpp"
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

/// Whether an output has to come out right in this precision: near ties and cancelling sums are for double alone, and
/// bfloat16 is held to scores at mild temperatures, never to modules that jump.
bool is_judged(const Case& c, const RunOptions& options, const std::string& output);

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

using Arrays = std::map<std::string, mgan::HostArray>;

/// The outputs against expect.* of the case, the gradients against grad.*, element by element; the worst violation goes
/// into the report. In other precisions than double gradients are printed and cannot fail.
void judge_values(Report& report, const Case& c, const Arrays& outputs, const RunOptions& options);
void judge_gradients(Report& report, const Case& c, const Arrays& gradients, const RunOptions& options);

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
