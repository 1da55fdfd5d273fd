// ISA(x; A).
#pragma once

#include "mgan/alignment/similarity_interaction.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

struct SimilarityInteractionCase {
  std::string title;
  double tau;
  reference::Convention convention;
  Array weight, x;
  Lengths lengths_of_x;

  /// x (samples, n), weight (m, m).
  static SimilarityInteractionCase random(const std::string& title, std::uint64_t seed, Index samples, Index n, Index m,
                                          double tau, reference::Convention convention, bool ragged) {
    Random random(seed);
    return {title,
            tau,
            convention,
            random.normal({m, m}, 0.3 * std::sqrt(tau)),
            random.normal({samples, n}, 0.5 * std::sqrt(tau)),
            ragged ? random.lengths(samples, n) : Lengths{}};
  }
  static std::vector<SimilarityInteractionCase> all() {
    using C = reference::Convention;
    return {random("plain", 81, 3, 5, 5, 1, C::column, false),
            random("row", 82, 3, 5, 5, 1, C::row, false),
            random("ragged", 83, 4, 6, 6, 1, C::column, true),
            random("ragged row", 84, 4, 6, 6, 0.1, C::row, true),
            random("one number", 85, 2, 1, 1, 1, C::column, false),
            random("leading block", 86, 2, 4, 7, 1, C::column, false),
            random("tau 0.1", 87, 3, 5, 5, 0.1, C::column, true),
            random("tau 0.01", 88, 3, 5, 5, 0.01, C::column, true)};
  }

  double temperature() const { return tau; }
  const Lengths& lengths() const { return lengths_of_x; }
  Leaves weights() {
    Leaves out;
    out.add("weight", weight);
    return out;
  }
  Leaves inputs() {
    Leaves out;
    out.add("x", x);
    return out;
  }

  Outputs expected() const {
    Array value({x.size(0)});
    for (Index b = 0; b < x.size(0); ++b) {
      Vector real = x.row(b);
      real.resize(static_cast<std::size_t>(reference::length_of(lengths_of_x, b, x.size(1))));
      value.at(b) = reference::similarity_interaction(weight, real, tau, convention);
    }
    return {{"value", value}};
  }

  template <class Side>
  void run(Side& s) {
    mgan::SimilarityInteraction<typename Side::tensor> f;
    f.temperature = tau;
    f.convention = convention == reference::Convention::row ? mgan::Convention::row : mgan::Convention::column;
    s.weights(f, weights());
    s.with_vectors("x", x, lengths_of_x, [&](const auto& batch) { s.output("value", s.each(f, batch)); });
  }
};

}  // namespace support
