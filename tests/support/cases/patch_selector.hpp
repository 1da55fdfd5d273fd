// Section 2.3.2, at inference.
#pragma once

#include "mgan/alignment/patch_selector.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

inline reference::PatchSelector random_selector(Random& random, Index width) {
  return {random.normal({width}, 0.2, 1.0), random.normal({width}, 0.2), random.linear(width, width / 2, false),
          random.linear(width, width / 2, false), random.linear(width / 2, 1, false)};
}

struct PatchSelectorCase {
  std::string title;
  reference::PatchSelector p;
  Index k;
  Array patches, global;

  static PatchSelectorCase random(const std::string& title, std::uint64_t seed, Index images, Index patches,
                                  Index width, Index k) {
    Random random(seed);
    return {title, random_selector(random, width), k, random.normal({images, patches, width}),
            random.normal({images, width})};
  }
  static std::vector<PatchSelectorCase> all() {
    return {random("plain", 61, 3, 7, 6, 3), random("K = M", 62, 2, 4, 4, 4), random("one patch", 63, 2, 1, 4, 1),
            tied_scores()};
  }
  /// Patches 1, 2, 4 are the same, so are their scores: the lower indices win.
  static PatchSelectorCase tied_scores() {
    PatchSelectorCase c = random("ties", 64, 2, 5, 4, 2);
    for (Index i = 0; i < 2; ++i) {
      for (const Index m : {2, 4}) c.patches.set_row(c.patches.row(i, 1), i, m);
    }
    return c;
  }

  double temperature() const { return 1; }
  Leaves weights() { return leaves(p); }
  Leaves inputs() {
    Leaves out;
    out.add("patches", patches);
    out.add("global", global);
    return out;
  }

  Outputs expected() const {
    const reference::Selection out = reference::patch_selector(p, patches, global, k);
    Array indices({patches.size(0), k});
    for (Index i = 0; i < patches.size(0); ++i) {
      const auto& chosen = out.chosen[static_cast<std::size_t>(i)];
      indices.set_row(Vector(chosen.begin(), chosen.end()), i);
    }
    return {{"selection_scores", out.scores}, {"indices", indices}, {"selected", out.selected}};
  }

  template <class Side>
  void run(Side& s) {
    mgan::PatchSelector<typename Side::tensor> f;
    f.k = k;
    s.weights(f, weights());
    const auto x = s.samples("patches", patches);
    const auto g = s.vectors("global", global);
    const auto scores = s.each([&](const auto& a, const auto& b) { return f.scores(a, b); }, x, g);
    s.output("selection_scores", scores);
    s.output("indices", s.each([&](const auto& y) { return f.indices(y); }, scores));
    s.output("selected", s.each([&](const auto& a, const auto& b) { return f(a, b); }, x, g));
  }
};

}  // namespace support
