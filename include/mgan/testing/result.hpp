// What a check found: whether all is well, and the worst element of all that were compared.
#pragma once

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "mgan/core/host.hpp"
#include "mgan/testing/tolerance.hpp"

namespace mgan {

/// `if (!result) std::puts(result.message().c_str());`
struct CheckResult {
  std::string check;                   // what was checked: "gradients", "permutation of texts", ...
  std::string actual_is, expected_is;  // how the two numbers came about: "autograd", "central differences"
  bool ok = true;
  std::int64_t compared = 0;      // numbers
  double error = 0, allowed = 0;  // of the worst element: |actual - expected|, and the most that it may be
  std::string name = {};          // of the worst element: "image", "text", a weight's name, "scores"
  Shape index = {};
  double actual = 0, expected = 0;
  std::string note = {};                // what could not be compared, and why
  std::vector<CheckResult> parts = {};  // of a check of several things: the result of each

  explicit operator bool() const { return ok; }

  /// One line: the verdict, the worst element and its two numbers.
  std::string message() const {
    std::string text = check + (ok ? ": ok, " : ": FAILED, ") + std::to_string(compared) + " numbers compared";
    if (ok && error == 0) {
      text += ", all equal";
    } else if (!name.empty()) {
      text += std::string(", worst ") + name + (index.empty() ? "" : to_string(index)) + " is " + digits(actual, 9) +
              " by " + actual_is + " and " + digits(expected, 9) + " by " + expected_is + ", " + digits(error, 2) +
              " apart (allowed " + digits(allowed, 2) + ")";
    }
    return note.empty() ? text : text + "; " + note;
  }

  /// Takes one pair of numbers into account. NaN on either side is the worst of all, unless it is on both.
  void compare(const std::string& what, const Shape& at, double a, double b, double most) {
    ++compared;
    const bool same = a == b || (std::isnan(a) && std::isnan(b));
    const double apart = same ? 0.0 : std::abs(a - b);
    const double ratio = same ? 0.0 : std::isnan(apart) ? std::numeric_limits<double>::infinity() : apart / most;
    if (!(apart <= most)) ok = false;
    if (!name.empty() && !(ratio > worst_ratio)) return;
    worst_ratio = ratio;
    name = what, index = at, actual = a, expected = b, error = apart, allowed = most;
  }

  /// All elements of two arrays; shapes that differ are a failure of their own.
  void compare(const std::string& what, const HostArray& a, const HostArray& b, Tolerance tolerance) {
    if (a.shape != b.shape) {
      ok = false;
      note =
          what + " is " + to_string(a.shape) + " by " + actual_is + " and " + to_string(b.shape) + " by " + expected_is;
      return;
    }
    for (std::size_t i = 0; i < a.values.size(); ++i) {
      compare(what, position(static_cast<std::int64_t>(i), a.shape), a.values[i], b.values[i],
              tolerance.allowed(b.values[i]));
    }
  }

  double worst_ratio = 0;  // error / allowed of the worst element

 private:
  static std::string digits(double x, int n) {
    char text[32];
    std::snprintf(text, sizeof text, "%.*g", n, x);
    return text;
  }
};

}  // namespace mgan
