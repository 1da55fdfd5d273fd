// Scores balanced so that every image and every text is wanted equally: entropic optimal transport (Cuturi, 2013).
//
//     S'_ij = S_ij + f_i + g_j,    exp(S' / temperature) having rows that sum to 1 / I and columns that sum to 1 / T
//
// f and g come by turns, a pass over the matrix each. All queries of the evaluation take part: transductive.
#pragma once

#include "mgan/metrics/hubness.hpp"

namespace mgan {

struct Sinkhorn {
  static constexpr const char* name = "sinkhorn";
  double temperature = 0.05;
  std::int64_t iterations = 20;  ///< of rows and then columns

  /// (images, texts), the same for both directions. Errors: sizes, numbers that are not finite.
  template <std::floating_point S>
  std::vector<S> operator()(const ScoreView<S>& scores) const {
    require(temperature > 0 && temperature <= 1e30, name, ": temperature is ", temperature, ", expected > 0");
    require(iterations > 0, name, ": iterations is ", iterations, ", expected 1 or more");
    const WholeBlock<S> whole(scores.values, scores.images, scores.texts);
    const ScoreBlock<S> s = whole.block();
    const auto I = static_cast<std::size_t>(scores.images), T = static_cast<std::size_t>(scores.texts);
    for (std::size_t i = 0; i < I; ++i)
      for (std::size_t t = 0; t < T; ++t)
        require(std::isfinite(s.at(i, t)), name, ": the score of image ", i, " and text ", t, " is ", s.at(i, t));

    std::vector<double> f(I, 0), g(T, 0);  // over the temperature
    const auto logit = [&](std::size_t i, std::size_t t) { return static_cast<double>(s.at(i, t)) / temperature; };
    for (std::int64_t round = 0; round < iterations; ++round) {
      RunningLogSumExp rows(scores.images), columns(scores.texts);
      for (std::size_t i = 0; i < I; ++i)
        for (std::size_t t = 0; t < T; ++t) rows.add(static_cast<std::int64_t>(i), logit(i, t) + g[t]);
      for (std::size_t i = 0; i < I; ++i)
        f[i] = -std::log(static_cast<double>(I)) - rows.value(static_cast<std::int64_t>(i));
      for (std::size_t i = 0; i < I; ++i)
        for (std::size_t t = 0; t < T; ++t) columns.add(static_cast<std::int64_t>(t), logit(i, t) + f[i]);
      for (std::size_t t = 0; t < T; ++t)
        g[t] = -std::log(static_cast<double>(T)) - columns.value(static_cast<std::int64_t>(t));
    }
    std::vector<S> out;
    out.reserve(I * T);
    for (std::size_t i = 0; i < I; ++i)
      for (std::size_t t = 0; t < T; ++t) out.push_back(static_cast<S>(temperature * (logit(i, t) + f[i] + g[t])));
    return out;
  }
};

}  // namespace mgan
