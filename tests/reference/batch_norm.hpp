// (x - mean) / sqrt(variance + 1e-5) * weight + bias, one channel: with running statistics, or those of given numbers.
#pragma once

#include "layers.hpp"

namespace reference {

/// weight and bias (C), absent: 1 and 0; mean and variance (C).
struct BatchNorm {
  Array weight, bias, mean, variance;
};

/// Mean and variance of numbers, divided by their count.
struct Moments {
  double mean = 0.0, variance = 0.0;
};
inline Moments moments(const Vector& numbers) {
  Moments m;
  const double count = static_cast<double>(numbers.size());
  for (const double x : numbers) m.mean += x / count;
  for (const double x : numbers) m.variance += (x - m.mean) * (x - m.mean) / count;
  return m;
}
inline void set_moments(BatchNorm& norm, Index channel, const Vector& numbers) {
  const Moments m = moments(numbers);
  norm.mean.at(channel) = m.mean;
  norm.variance.at(channel) = m.variance;
}

inline double batch_norm(const BatchNorm& norm, Index channel, double x) {
  const double unit = (x - norm.mean.at(channel)) / std::sqrt(norm.variance.at(channel) + 1e-5);
  return norm.weight.empty() ? unit : unit * norm.weight.at(channel) + norm.bias.at(channel);
}

}  // namespace reference
