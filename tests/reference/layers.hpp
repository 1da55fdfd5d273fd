// y = W x + b, GELU, sigmoid, LayerNorm, softmax, unit length: on one vector.
#pragma once

#include <algorithm>
#include <cmath>

#include "array.hpp"

namespace reference {

/// weight (out, in), bias (out) or absent.
struct Linear {
  Array weight;
  Array bias;
};

/// y_o = sum_i W_oi x_i + b_o.
inline Vector linear(const Linear& layer, const Vector& x) {
  Vector y;
  for (Index o = 0; o < layer.weight.size(0); ++o) {
    double sum = layer.bias.empty() ? 0.0 : layer.bias.at(o);
    for (Index i = 0; i < layer.weight.size(1); ++i) sum += layer.weight.at(o, i) * x.at(static_cast<std::size_t>(i));
    y.push_back(sum);
  }
  return y;
}

/// x Phi(x), Phi the normal distribution: the exact form.
inline double gelu(double x) { return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0))); }

inline Vector gelu(Vector x) {
  for (double& number : x) number = gelu(number);
  return x;
}

inline double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

/// (x - mean) / sqrt(variance + 1e-5) * weight + bias, the variance divided by the number of elements.
inline Vector layer_norm(const Array& weight, const Array& bias, const Vector& x) {
  const double count = static_cast<double>(x.size());
  double mean = 0.0, variance = 0.0;
  for (const double number : x) mean += number / count;
  for (const double number : x) variance += (number - mean) * (number - mean) / count;
  Vector y;
  for (std::size_t d = 0; d < x.size(); ++d) {
    y.push_back((x[d] - mean) / std::sqrt(variance + 1e-5) * weight.at(d) + bias.at(d));
  }
  return y;
}

/// exp(x_i) / sum_j exp(x_j).
inline Vector softmax(const Vector& x) {
  const double largest = *std::max_element(x.begin(), x.end());
  Vector y;
  double sum = 0.0;
  for (const double number : x) {
    y.push_back(std::exp(number - largest));
    sum += y.back();
  }
  for (double& number : y) number /= sum;
  return y;
}

inline double dot(const Vector& a, const Vector& b) {
  double sum = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += a[d] * b.at(d);
  return sum;
}

/// x / max(|x|, 1e-12).
inline Vector unit(Vector x) {
  const double norm = std::max(std::sqrt(dot(x, x)), 1e-12);
  for (double& number : x) number /= norm;
  return x;
}

/// The dot product of both at unit length; 0 with a zero vector.
inline double cosine(const Vector& a, const Vector& b) { return dot(unit(a), unit(b)); }

}  // namespace reference
