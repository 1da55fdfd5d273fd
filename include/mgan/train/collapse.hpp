// Collapse: all scores equal, every hinge at the margin, the ranking loss stuck at its plateau.
#pragma once

#include <cmath>
#include <cstdint>

namespace mgan::train {

/// The ranking loss of equal scores, hardest negatives: one hinge per row and column, 2 B margin.
inline double collapsed_loss_hardest(std::int64_t batch, double margin) {
  return 2.0 * static_cast<double>(batch) * margin;
}

/// The ranking loss of equal scores, all negatives: 2 B (B-1) margin, less the `excluded` entries off the diagonal that
/// pair captions of one image (an entry serves a row and a column).
inline double collapsed_loss_all(std::int64_t batch, double margin, std::int64_t excluded = 0) {
  return 2.0 * (static_cast<double>(batch) * static_cast<double>(batch - 1) - static_cast<double>(excluded)) * margin;
}

/// True once the ranking loss (without other terms) was within `tolerance`, relative, of the plateau for `patience`
/// consecutive steps; stays true until the loss leaves it.
struct CollapseDetector {
  std::int64_t patience = 100;
  double tolerance = 0.01;
  std::int64_t stuck = 0;  // consecutive steps at the plateau, part of a checkpoint if the warning should survive one

  bool operator()(double ranking_loss, double plateau) {
    stuck = std::abs(ranking_loss - plateau) <= tolerance * std::abs(plateau) ? stuck + 1 : 0;
    return stuck >= patience;
  }
};

}  // namespace mgan::train
