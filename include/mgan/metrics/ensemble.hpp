// The paper's "ensemble": the mean of the score matrices of independently trained models.
#pragma once

#include "mgan/metrics/ranks.hpp"

namespace mgan {

/// mean_of(std::vector{a, b}): element by element, summed in double precision, in the scalar type of the matrices.
/// Errors: no matrix, or sizes that differ. A NaN stays one, and the metrics refuse it.
template <ScoreRange X>
auto mean_of(const std::vector<X>& matrices) {
  using S = std::remove_cvref_t<decltype(*matrices.front().data())>;
  require(!matrices.empty(), "mean_of: no score matrix");
  const auto size = static_cast<std::size_t>(matrices.front().size());
  for (std::size_t m = 1; m < matrices.size(); ++m) {
    require(matrices[m].size() == size, "mean_of: score matrix ", m, " has ", matrices[m].size(),
            " scores, the first has ", size);
  }
  std::vector<S> result(size);
  for (std::size_t i = 0; i < size; ++i) {
    double total = 0.0;
    for (const X& matrix : matrices) total += static_cast<double>(matrix.data()[i]);
    result[i] = static_cast<S>(total / static_cast<double>(matrices.size()));
  }
  return result;
}

}  // namespace mgan
