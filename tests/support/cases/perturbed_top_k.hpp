// The mean indicator for given noise.
#pragma once

#include "mgan/alignment/perturbed_top_k.hpp"
#include "tests/reference/perturbed_top_k.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

struct PerturbedTopKCase {
  std::string title;
  Index k;
  double sigma;
  mgan::Estimator estimator;
  Array scores, noise;

  static PerturbedTopKCase random(const std::string& title, std::uint64_t seed, Index images, Index patches, Index k,
                                  Index draws, double sigma, mgan::Estimator estimator) {
    Random random(seed);
    return {title, k, sigma, estimator, random.normal({images, patches}, 0.5), random.normal({images, draws, patches})};
  }
  static std::vector<PerturbedTopKCase> all() {
    using E = mgan::Estimator;
    return {random("full", 71, 2, 6, 3, 20, 0.3, E::full), random("diagonal", 72, 2, 6, 3, 20, 0.3, E::diagonal),
            random("one draw", 73, 2, 5, 2, 1, 0.05, E::full), random("K = M", 74, 1, 4, 4, 7, 0.5, E::full)};
  }

  double temperature() const { return 1; }
  Leaves weights() { return {}; }
  Leaves inputs() {
    Leaves out;
    out.add("scores", scores);
    return out;
  }

  Outputs expected() const { return {{"indicator", reference::perturbed_top_k(scores, noise, k, sigma)}}; }

  template <class Side>
  void run(Side& s) {
    const auto f = [&](const auto& x, const auto& z) { return mgan::perturbed_top_k(x, z, k, sigma, estimator); };
    s.output("indicator", s.each(f, s.vectors("scores", scores), s.samples("noise", noise)));
  }
};

}  // namespace support
