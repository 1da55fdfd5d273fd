// Section 2.3.1: attention over the words, and their mean.
#pragma once

#include "mgan/alignment/sentence_attention.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

inline reference::SentenceAttention random_sentence(Random& random, Index width, Index heads) {
  return {random.linear(width, width), random.linear(width, width), random.linear(width, width),
          random.linear(width, width), heads};
}

struct SentenceAttentionCase {
  std::string title;
  reference::SentenceAttention p;
  Array words;
  Lengths word_lengths;

  static SentenceAttentionCase random(const std::string& title, std::uint64_t seed, Index texts, Index words,
                                      Index width, Index heads, bool ragged) {
    Random random(seed);
    return {title, random_sentence(random, width, heads), random.normal({texts, words, width}, 1.5),
            ragged ? random.lengths(texts, words) : Lengths{}};
  }
  static std::vector<SentenceAttentionCase> all() {
    return {random("two heads", 41, 2, 4, 6, 2, false), random("one head", 42, 2, 3, 4, 1, false),
            random("ragged", 43, 4, 5, 6, 3, true), random("one word", 44, 2, 1, 4, 2, false)};
  }

  double temperature() const { return 1; }
  const Lengths& lengths() const { return word_lengths; }
  Leaves weights() { return leaves(p); }
  Leaves inputs() {
    Leaves out;
    out.add("words", words);
    return out;
  }

  Outputs expected() const { return {{"sentence", reference::sentence_attention(p, words, word_lengths)}}; }

  template <class Side>
  void run(Side& s) {
    mgan::SentenceAttention<typename Side::tensor> f;
    f.heads = p.heads;
    s.weights(f, weights());
    s.with_samples("words", words, word_lengths, [&](const auto& x) { s.output("sentence", s.each(f, x)); });
  }
};

}  // namespace support
