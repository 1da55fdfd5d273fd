// Table 4's standard aggregation.
#pragma once

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/plain_aggregation.hpp"
#include "tests/reference/plain_aggregation.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

struct PlainAggregationCase {
  std::string title;
  Array patches, words;
  Lengths word_lengths;

  static PlainAggregationCase random(const std::string& title, std::uint64_t seed, Axes images, Axes texts,
                                     bool ragged) {
    Random random(seed);
    return {title, random.normal({images[0], images[1], 4}), random.normal({texts[0], texts[1], 4}),
            ragged ? random.lengths(texts[0], texts[1]) : Lengths{}};
  }
  static std::vector<PlainAggregationCase> all() {
    return {random("plain", 101, {2, 3}, {3, 4}, false), random("ragged", 102, {2, 5}, {4, 4}, true),
            random("one patch, one word", 103, {2, 1}, {2, 1}, false)};
  }

  double temperature() const { return 1; }
  const Lengths& lengths() const { return word_lengths; }
  Leaves weights() { return {}; }
  Leaves inputs() {
    Leaves out;
    out.add("patches", patches);
    out.add("words", words);
    return out;
  }

  Outputs expected() const { return {{"scores", reference::plain_aggregation(patches, words, word_lengths)}}; }

  template <class Side, class F>
  void with(Side& s, F&& f) {
    s.with_samples("words", words, word_lengths,
                   [&](const auto& texts) { f(mgan::PlainAggregation{}, s.samples("patches", patches), texts); });
  }
  template <class Side>
  void run(Side& s) {
    with(s, [&](const auto& m, const auto& i, const auto& t) { s.output("scores", mgan::all_pairs(m, i, t)); });
  }
};

}  // namespace support
