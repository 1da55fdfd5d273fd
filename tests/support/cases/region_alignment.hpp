// Eq. (4).
#pragma once

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/region_alignment.hpp"
#include "multi_view_summarization.hpp"
#include "sentence_attention.hpp"

namespace support {

struct RegionAlignmentCase {
  std::string title;
  reference::RegionAlignment p;
  Array regions, words;
  Lengths region_lengths, word_lengths;

  static RegionAlignmentCase random(const std::string& title, std::uint64_t seed, Axes images, Axes texts, Index width,
                                    Index n_views, bool ragged) {
    Random random(seed);
    RegionAlignmentCase c{title,
                          {random_views(random, width, n_views), random_sentence(random, width, 2)},
                          random.normal({images[0], images[1], width}),
                          random.normal({texts[0], texts[1], width}),
                          {},
                          {}};
    if (ragged) {
      c.region_lengths = random.lengths(images[0], images[1]);
      c.word_lengths = random.lengths(texts[0], texts[1]);
    }
    return c;
  }
  static std::vector<RegionAlignmentCase> all() {
    return {random("plain", 51, {2, 4}, {3, 3}, 4, 3, false), random("ragged", 52, {3, 5}, {4, 4}, 4, 3, true),
            random("one of each", 53, {1, 1}, {1, 1}, 4, 1, false), tied_views()};
  }
  /// Views 1 and 2 are the same and beat view 0: the winner is 1.
  static RegionAlignmentCase tied_views() {
    RegionAlignmentCase c = random("winning views tied", 54, {2, 3}, {2, 3}, 4, 4, false);
    auto& a = c.p.views.assignment;
    for (Index d = 0; d < a.weight.size(1); ++d) {
      a.weight.at(2, d) = a.weight.at(1, d);
      a.weight.at(3, d) = a.weight.at(0, d);
    }
    a.bias.at(2) = a.bias.at(1);
    a.bias.at(3) = a.bias.at(0);
    return c;
  }

  double temperature() const { return 1; }
  const Lengths& lengths() const { return word_lengths; }
  Leaves weights() { return leaves(p); }
  Leaves inputs() {
    Leaves out;
    out.add("regions", regions);
    out.add("words", words);
    return out;
  }

  Outputs expected() const {
    const reference::RegionScores out = reference::region_alignment(p, regions, words, word_lengths, region_lengths);
    return {{"scores", out.scores},
            {"winning_view", Array(out.scores.shape, Vector(out.winning_view.begin(), out.winning_view.end()))}};
  }

  /// f(module, images, texts) on the backend's batches.
  template <class Side, class F>
  void with(Side& s, F&& f) {
    mgan::RegionAlignment<typename Side::tensor> m;
    configure(m.views, p.views);
    m.sentence.heads = p.sentence.heads;
    s.weights(m, weights());
    s.with_samples("regions", regions, region_lengths, [&](const auto& images) {
      s.with_samples("words", words, word_lengths, [&](const auto& texts) { f(m, images, texts); });
    });
  }
  template <class Side>
  void run(Side& s) {
    with(s, [&](const auto& m, const auto& images, const auto& texts) {
      const auto i = mgan::prepare_images(m, images);
      const auto t = mgan::prepare_texts(m, texts);
      const auto winner = [&](const auto& image, const auto& text) { return m.winning_view(image, text); };
      s.output("scores", mgan::score_all(m, i, t));
      s.output("winning_view", mgan::score_all(winner, i, t));
    });
  }
};

}  // namespace support
