// The five poolings: mean s, sum s, max s, log sum exp(s / beta), sum softmax(s / beta) s.
#pragma once

#include "layers.hpp"

namespace reference {

enum class Pool { mean, sum, max, log_sum_exp, softmax };

inline double pooled(Pool pool, const Vector& s, double beta) {
  double sum = 0.0, largest = s.front(), exponentials = 0.0, weighted = 0.0;
  for (const double x : s) {
    sum += x;
    largest = std::max(largest, x);
  }
  for (const double x : s) {
    const double e = std::exp((x - largest) / beta);
    exponentials += e;
    weighted += e * x;
  }
  switch (pool) {
    case Pool::mean:
      return sum / static_cast<double>(s.size());
    case Pool::sum:
      return sum;
    case Pool::max:
      return largest;
    case Pool::log_sum_exp:
      return largest / beta + std::log(exponentials);
    default:
      return weighted / exponentials;
  }
}

}  // namespace reference
