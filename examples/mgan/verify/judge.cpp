// What a case computed against what it expects.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "mgan/zoo/table.hpp"
#include "report.hpp"
#include "whole_matrix.hpp"

namespace verify {

namespace {

/// ", 3 of 6 are wrong, in rows 0, 1 and columns 0, 2": which images and which captions differ tells a mask from a
/// transposition.
std::string where_wrong(const std::vector<std::int64_t>& wrong, const mgan::HostArray& expected) {
  if (wrong.size() < 2) return "";
  std::string text =
      "; " + std::to_string(wrong.size()) + " of " + std::to_string(expected.values.size()) + " are wrong";
  if (expected.shape.size() != 2) return text;
  std::set<std::int64_t> rows, columns;
  for (const std::int64_t flat : wrong) {
    const mgan::Shape at = mgan::position(flat, expected.shape);
    rows.insert(at[0]), columns.insert(at[1]);
  }
  const auto some = [](const char* what, const std::set<std::int64_t>& numbers, std::int64_t all) {
    if (static_cast<std::int64_t>(numbers.size()) == all) return std::string("all ") + what;
    std::vector<std::string> names;
    for (const std::int64_t n : numbers) {
      names.push_back(std::to_string(n));
      if (names.size() == 8 && numbers.size() > 8) {
        names.push_back("...");
        break;
      }
    }
    return what + (" " + mgan::zoo::joined(names));
  };
  return text + ", in " + some("rows", rows, expected.shape[0]) + " and " + some("columns", columns, expected.shape[1]);
}

/// Compares `actual` with `expected` element by element; the worst violation goes into the report.
/// `judged` false: the error is printed, the case cannot fail by it.
void compare(Report& report, const std::string& tensor, const mgan::HostArray& actual, const mgan::HostArray& expected,
             Tolerance tolerance, double& worst, bool judged) {
  if (actual.shape != expected.shape) mgan::fail(tensor, ": computed ", actual.shape, ", expected ", expected.shape);
  worst = std::max(worst, 0.0);
  double worst_excess = 0;
  std::string message;
  std::vector<std::int64_t> wrong;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double a = actual.values[i], b = expected.values[i];
    const double error = a == b ? 0.0 : std::abs(a - b);
    const double allowed = tolerance.allowed(b);
    if (!(error <= worst)) worst = std::isnan(worst) ? worst : error;  // a NaN stays
    if (!judged || error <= allowed) continue;
    wrong.push_back(static_cast<std::int64_t>(i));
    const double excess = std::isnan(error) ? HUGE_VAL : error / std::max(allowed, 1e-300);
    if (excess <= worst_excess) continue;
    worst_excess = excess;
    char numbers[96];
    std::snprintf(numbers, sizeof numbers, " is %.17g, expected %.17g", a, b);
    message = tensor + mgan::to_string(mgan::position(wrong.back(), expected.shape)) + numbers;
  }
  if (wrong.empty()) return;
  if (report.status != Status::failed) report.message = message + where_wrong(wrong, expected);
  report.status = Status::failed;
}

/// A file whose numbers are not in double cannot be right to 1e-10.
void mention_precision(Report& report, const Case& c, const RunOptions& options) {
  if (report.status != Status::failed || options.scalar != Scalar::f64) return;
  for (const auto& [name, numbers] : c.tensors) {
    if (!Case::is_floating(numbers) || numbers.dtype == "F64") continue;
    report.message += "; '" + name + "' is " + numbers.dtype + " in the file, but is judged as double: ";
    report.message += numbers.dtype == "F32" ? "--scalar f32 has the tolerance of single precision"
                                             : "write the case in F64, or choose --atol and --rtol";
    return;
  }
}

}  // namespace

bool is_judged(const Case& c, const RunOptions& options, const std::string& output) {
  if (options.scalar == Scalar::f64) return true;
  if (double_only(c)) return false;
  if (options.scalar == Scalar::f32) return true;
  const mgan::zoo::Facts* facts = mgan::zoo::find_facts(c.module);
  return output == "scores" && (!facts || facts->in_bf16) && !is_whole_matrix(c.module) && c.temperature() >= 0.1 &&
         c.number("beta", 1.0) >= 0.1;
}

void judge_values(Report& report, const Case& c, const Arrays& outputs, const RunOptions& options) {
  bool judged_any = false;
  const std::vector<std::string> expectations = c.names("expect.");
  mgan::require(!expectations.empty(), c.file, ": no tensor 'expect.*'");
  for (const std::string& name : expectations) {
    const mgan::HostArray& expected = c.tensors.at(name);
    const std::string output = name.substr(7);
    const auto found = outputs.find(output);
    if (found == outputs.end()) {
      std::vector<std::string> known;
      for (const auto& entry : outputs) known.push_back("expect." + entry.first);
      mgan::fail(c.file, ": module ", c.module, " has no output '", name, "'; it has: ", mgan::zoo::joined(known));
    }
    const bool exact = expected.dtype[0] == 'I', judged = is_judged(c, options, output);
    judged_any = judged_any || judged;
    compare(report, name, found->second, expected, exact ? Tolerance{0, 0} : value_tolerance(c, options),
            report.value_error, judged);
  }
  mention_precision(report, c, options);
  if (!judged_any) {
    report.status = Status::skipped;
    report.message = std::string("not held to ") + name_of(options.scalar);
  }
}

void judge_gradients(Report& report, const Case& c, const Arrays& gradients, const RunOptions& options) {
  const std::vector<std::string> expectations = c.names("grad.");
  if (expectations.empty()) return;
  const bool judged = options.scalar == Scalar::f64, values_failed = report.status == Status::failed;
  for (const std::string& name : expectations) {
    const auto found = gradients.find(name.substr(5));
    mgan::require(found != gradients.end(), c.file, ": module ", c.module, " has no input or weight for '", name, "'");
    compare(report, name, found->second, c.tensors.at(name), gradient_tolerance(options), report.gradient_error,
            judged);
  }
  if (!values_failed) mention_precision(report, c, options);
  if (!judged && report.message.empty())
    report.message = std::string("gradients are printed, not judged, in ") + name_of(options.scalar);
}

}  // namespace verify
