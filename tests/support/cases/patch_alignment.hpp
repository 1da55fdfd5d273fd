// Eq. (6)-(10).
#pragma once

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/patch_alignment.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

/// Four matrices without any symmetry, so that none can stand for another or for its transpose.
inline reference::PatchAlignment random_interactions(Random& random, Index words, Index patches, double tau,
                                                     reference::Convention convention) {
  const double size = std::sqrt(tau);
  return {random.normal({words, words}, size),
          random.normal({patches, patches}, size),
          random.normal({patches, patches}, size),
          random.normal({words, words}, size),
          tau,
          convention};
}

struct PatchAlignmentCase {
  std::string title;
  reference::PatchAlignment p;
  Array patches, words;
  Lengths word_lengths;

  /// K patches and at most L words; max_words rows in A1 and A4.
  static PatchAlignmentCase random(const std::string& title, std::uint64_t seed, Axes images, Axes texts,
                                   Index max_words, double tau, reference::Convention convention, bool ragged) {
    Random random(seed);
    return {title, random_interactions(random, max_words, images[1], tau, convention),
            random.normal({images[0], images[1], 4}), random.normal({texts[0], texts[1], 4}),
            ragged ? random.lengths(texts[0], texts[1]) : Lengths{}};
  }
  static std::vector<PatchAlignmentCase> all() {
    using C = reference::Convention;
    return {random("plain", 91, {2, 3}, {3, 4}, 4, 1, C::column, false),
            random("ragged", 92, {2, 3}, {4, 5}, 6, 1, C::column, true),
            random("row", 93, {2, 3}, {3, 4}, 5, 1, C::row, true),
            random("as many words as patches", 94, {2, 4}, {2, 4}, 4, 0.1, C::column, false),
            random("tau 0.1", 95, {2, 3}, {3, 4}, 4, 0.1, C::row, true),
            random("tau 0.01", 96, {2, 3}, {3, 4}, 4, 0.01, C::column, true),
            random("one patch, one word", 97, {2, 1}, {2, 1}, 1, 1, C::column, false)};
  }

  double temperature() const { return p.temperature; }
  const Lengths& lengths() const { return word_lengths; }
  Leaves weights() { return leaves(p); }
  Leaves inputs() {
    Leaves out;
    out.add("patches", patches);
    out.add("words", words);
    return out;
  }

  Outputs expected() const {
    const reference::PatchScores out = reference::patch_alignment(p, patches, words, word_lengths);
    return {{"scores", out.scores}, {"word_to_patch", out.word_to_patch}, {"patch_to_word", out.patch_to_word}};
  }

  template <class Side, class F>
  void with(Side& s, F&& f) {
    mgan::PatchAlignment<typename Side::tensor> m;
    m.temperature = p.temperature;
    m.convention = p.convention == reference::Convention::row ? mgan::Convention::row : mgan::Convention::column;
    s.weights(m, weights());
    s.with_samples("words", words, word_lengths,
                   [&](const auto& texts) { f(m, s.samples("patches", patches), texts); });
  }
  template <class Side>
  void run(Side& s) {
    with(s, [&](const auto& m, const auto& images, const auto& texts) {
      const auto i = mgan::prepare_images(m, images);
      const auto t = mgan::prepare_texts(m, texts);
      const auto to_patch = [&](const auto& a, const auto& b) { return m.directions(a, b).word_to_patch; };
      const auto to_word = [&](const auto& a, const auto& b) { return m.directions(a, b).patch_to_word; };
      s.output("scores", mgan::score_all(m, i, t));
      s.output("word_to_patch", mgan::score_all(to_patch, i, t));
      s.output("patch_to_word", mgan::score_all(to_word, i, t));
    });
  }
};

}  // namespace support
