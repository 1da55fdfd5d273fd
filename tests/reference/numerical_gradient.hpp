// Central differences, extrapolated to step 0 (Richardson's tableau, Ridders' choice of the entry to trust).
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "array.hpp"

namespace reference {

struct Gradient {
  Array value;         // the shape of x
  double error = 0.0;  // the largest estimated error of an element
};

/// df/dx of the scalar function f(x), element by element. `step` is the first and largest of ten halved steps.
template <class F>
Gradient numerical_gradient(F&& f, Array x, double step = 2e-2) {
  constexpr std::size_t rows = 10;
  Gradient out{Array(x.shape), 0.0};
  for (std::size_t element = 0; element < x.values.size(); ++element) {
    const double center = x.values[element];
    double best_error = std::numeric_limits<double>::infinity();
    double table[rows][rows];
    double h = step;
    for (std::size_t row = 0; row < rows; ++row, h /= 2.0) {
      x.values[element] = center + h;
      const double above = f(x);
      x.values[element] = center - h;
      const double below = f(x);
      table[row][0] = (above - below) / (2.0 * h);
      double power = 1.0;
      for (std::size_t col = 1; col <= row; ++col) {
        power *= 4.0;
        const double left = table[row][col - 1], upper = table[row - 1][col - 1];
        table[row][col] = left + (left - upper) / (power - 1.0);
        const double error = std::max(std::abs(table[row][col] - left), std::abs(table[row][col] - upper));
        if (error < best_error) {
          best_error = error;
          out.value.values[element] = table[row][col];
        }
      }
    }
    x.values[element] = center;
    out.error = std::max(out.error, best_error);
  }
  return out;
}

}  // namespace reference
