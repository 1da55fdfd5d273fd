// A gated recurrent unit over rows, gates in the order reset, update, new.
#pragma once

#include <vector>

#include "layers.hpp"

namespace reference {

struct Gru {
  Linear input, state;  // (3 H, D), (3 H, H), each with a bias
};

/// The state behind every row, in the order of the rows.
inline std::vector<Vector> gru(const Gru& p, const std::vector<Vector>& rows, bool backward = false) {
  const auto width = static_cast<std::size_t>(p.state.weight.size(1));
  std::vector<Vector> states(rows.size());
  Vector h(width, 0.0);
  for (std::size_t step = 0; step < rows.size(); ++step) {
    const std::size_t place = backward ? rows.size() - 1 - step : step;
    const Vector a = linear(p.input, rows[place]), b = linear(p.state, h);
    for (std::size_t i = 0; i < width; ++i) {
      const double r = sigmoid(a[i] + b[i]), z = sigmoid(a[width + i] + b[width + i]);
      const double n = std::tanh(a[2 * width + i] + r * b[2 * width + i]);
      h[i] = (1 - z) * n + z * h[i];
    }
    states[place] = h;
  }
  return states;
}

}  // namespace reference
