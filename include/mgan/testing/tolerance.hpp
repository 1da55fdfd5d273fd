// How far two results may be apart: one table, for the checks of mgan/testing.hpp, for tests and for reports.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

#include "mgan/core/error.hpp"

namespace mgan {

/// |a - b| <= absolute + relative |b| + larger max(1, |b|).
struct Tolerance {
  double absolute = 0, relative = 0, larger = 0;

  double allowed(double b) const { return absolute + relative * std::abs(b) + larger * std::max(1.0, std::abs(b)); }
};

/// What is compared with what.
enum class Compared {
  twice,      ///< the same mathematics computed twice: on two backends, in a batch and alone
  values,     ///< against an independent implementation, as conformance cases are
  gradients,  ///< autograd against an independent gradient or central differences
};

struct ToleranceRow {
  Compared compared;
  std::string_view scalar;  // the name that safetensors uses
  double from_temperature;  // the row serves this temperature and above
  Tolerance tolerance;
};

/// The first row that fits counts. Rounding grows with 1/temperature, level by level of a nested softmax. bfloat16 is
/// not judged below 0.1, and gradients in double alone.
inline constexpr ToleranceRow tolerance_table[] = {
    {Compared::twice, "F64", 0.1, {.larger = 1e-12}}, {Compared::twice, "F64", 0.0, {1e-10, 1e-9}},
    {Compared::twice, "F32", 0.0101, {2e-5, 1e-4}},   {Compared::twice, "F32", 0.0, {1e-3, 1e-3}},
    {Compared::twice, "BF16", 0.1, {2e-2, 2e-2}},     {Compared::values, "F64", 0.0, {1e-10, 1e-9}},
    {Compared::values, "F32", 0.0101, {2e-5, 1e-4}},  {Compared::values, "F32", 0.0, {1e-3, 1e-3}},
    {Compared::values, "BF16", 0.1, {2e-2, 2e-2}},    {Compared::gradients, "F64", 0.0, {1e-8, 1e-7}},
};

/// The row for a scalar type and temperature (for a module without one: 1), or nullptr where nothing is judged.
constexpr const ToleranceRow* find_tolerance(Compared compared, std::string_view scalar, double temperature = 1) {
  for (const ToleranceRow& entry : tolerance_table)
    if (entry.compared == compared && entry.scalar == scalar && temperature >= entry.from_temperature) return &entry;
  return nullptr;
}

/// The same, and an error where nothing is judged.
inline Tolerance tolerance(Compared compared, std::string_view scalar, double temperature = 1) {
  const ToleranceRow* entry = find_tolerance(compared, scalar, temperature);
  if (!entry) fail("no tolerance for ", scalar, " at temperature ", temperature, ": such results are not judged");
  return entry->tolerance;
}

/// functor.temperature where there is one, else 1.
template <class M>
double temperature_of(const M& functor) {
  if constexpr (requires { static_cast<double>(functor.temperature); }) return static_cast<double>(functor.temperature);
  else return 1;
}

}  // namespace mgan
