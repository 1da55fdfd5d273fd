// Cross entropy of labels and of a teacher's softmax with that of scores, over rows and over columns, the mean of both.
#pragma once

#include <cmath>

#include "array.hpp"

namespace reference {

/// log of the softmax of s times row i (or column i) of x (B, B), entry j.
inline double log_share(const Array& x, double s, Index i, Index j, bool column) {
  double sum = 0.0;
  for (Index k = 0; k < x.size(0); ++k) sum += std::exp(s * (column ? x.at(k, i) : x.at(i, k)));
  return s * (column ? x.at(j, i) : x.at(i, j)) - std::log(sum);
}

/// labels (B, B), 0 or more; every row, and in the other direction every column, is divided by its sum.
inline double soft_label_loss(const Array& scores, const Array& labels, double s) {
  const Index n = scores.size(0);
  double loss = 0.0;
  for (const bool column : {false, true}) {
    for (Index i = 0; i < n; ++i) {
      double total = 0.0, missed = 0.0;
      for (Index j = 0; j < n; ++j) {
        const double y = column ? labels.at(j, i) : labels.at(i, j);
        total += y;
        missed -= y * log_share(scores, s, i, j, column);
      }
      loss += missed / total;
    }
  }
  return loss / static_cast<double>(2 * n);
}

/// Kullback-Leibler divergence of softmax(t teacher) and softmax(s student).
inline double distillation_loss(const Array& student, const Array& teacher, double s, double t) {
  const Index n = student.size(0);
  double loss = 0.0;
  for (const bool column : {false, true}) {
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) {
        const double p = log_share(teacher, t, i, j, column);
        loss += std::exp(p) * (p - log_share(student, s, i, j, column));
      }
    }
  }
  return loss / static_cast<double>(2 * n);
}

}  // namespace reference
