// ISA(x; A) = sum_j a_j x_j with a = softmax((A softmax(x / tau)) / tau), on the real positions alone.
#pragma once

#include "layers.hpp"

namespace reference {

/// column: y_i = sum_j A_ij p_j, the library's. row: y_i = sum_j A_ji p_j, published UCoFiA's.
enum class Convention { column, row };

/// x (n) with n real numbers; of `weight` the leading n x n block counts.
inline double similarity_interaction(const Array& weight, const Vector& x, double temperature,
                                     Convention convention = Convention::column) {
  Vector scaled;
  for (const double number : x) scaled.push_back(number / temperature);
  const Vector p = softmax(scaled);
  Vector y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double sum = 0.0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      sum += (convention == Convention::column ? weight.at(i, j) : weight.at(j, i)) * p[j];
    }
    y.push_back(sum / temperature);
  }
  return dot(softmax(y), x);
}

/// x (B, n) with lengths (B) or none -> (B).
inline Array similarity_interaction(const Array& weight, const Array& x, double temperature,
                                    const Lengths& lengths = {}) {
  Array value({x.size(0)});
  for (Index b = 0; b < x.size(0); ++b) {
    Vector real;
    for (Index j = 0; j < length_of(lengths, b, x.size(1)); ++j) real.push_back(x.at(b, j));
    value.at(b) = similarity_interaction(weight, real, temperature);
  }
  return value;
}

}  // namespace reference
