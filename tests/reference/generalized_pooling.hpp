// GPO: weights of places, channels sorted in descending order.
#pragma once

#include <functional>

#include "gru.hpp"
#include "tokens.hpp"

namespace reference {

struct GeneralizedPooling {
  Gru forward, backward;
  Linear linear;  // (1, H)
  double temperature = 0.1;
};

/// theta of n tokens.
inline Vector place_weights(const GeneralizedPooling& p, std::size_t n) {
  const Index width = p.forward.input.weight.size(1);
  std::vector<Vector> codes;
  for (std::size_t place = 0; place < n; ++place) {
    Vector e;
    for (Index i = 0; i < width; ++i) {
      const double frequency = 1.0 / std::pow(10000.0, 2.0 * static_cast<double>(i / 2) / static_cast<double>(width));
      const double angle = static_cast<double>(place) * frequency;
      e.push_back(i % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
    codes.push_back(e);
  }
  const auto there = gru(p.forward, codes), back = gru(p.backward, codes, true);
  Vector logits;
  for (std::size_t place = 0; place < n; ++place) {
    Vector h;
    for (std::size_t i = 0; i < there[place].size(); ++i) h.push_back((there[place][i] + back[place][i]) / 2);
    logits.push_back(linear(p.linear, h).front() / p.temperature);
  }
  return softmax(logits);
}

/// Of one sample.
inline Vector generalized_pooling(const GeneralizedPooling& p, const std::vector<Vector>& rows) {
  const Vector theta = place_weights(p, rows.size());
  Vector pooled;
  for (std::size_t d = 0; d < rows.front().size(); ++d) {
    Vector channel;
    for (const Vector& x : rows) channel.push_back(x[d]);
    std::sort(channel.begin(), channel.end(), std::greater<>());
    pooled.push_back(dot(theta, channel));
  }
  return pooled;
}

}  // namespace reference
