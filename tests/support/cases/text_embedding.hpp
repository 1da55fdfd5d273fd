// Section 2.2: one Linear for words and [CLS].
#pragma once

#include "mgan/embedding/text_embedding.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

struct TextEmbeddingCase {
  std::string title;
  reference::Linear p;
  Array tokens;

  static TextEmbeddingCase random(const std::string& title, std::uint64_t seed, Index texts, Index words,
                                  Index token_width, Index width) {
    Random random(seed);
    return {title, random.linear(token_width, width), random.normal({texts, 1 + words, token_width})};
  }
  static std::vector<TextEmbeddingCase> all() {
    return {random("plain", 21, 3, 4, 5, 6), random("one word", 22, 2, 1, 3, 4)};
  }

  double temperature() const { return 1; }
  Leaves weights() {
    Leaves out;
    out.add("linear", p);
    return out;
  }
  Leaves inputs() {
    Leaves out;
    out.add("tokens", tokens);
    return out;
  }

  Outputs expected() const {
    const reference::Embedded out = reference::text_embedding(p, tokens);
    return {{"words", out.tokens}, {"global", out.global}};
  }

  template <class Side>
  void run(Side& s) {
    mgan::TextEmbedding<typename Side::tensor> f;
    s.weights(f, weights());
    const auto x = s.samples("tokens", tokens);
    s.output("words", s.each([&](const auto& t) { return f(t).words; }, x));
    s.output("global", s.each([&](const auto& t) { return f(t).global; }, x));
  }
};

}  // namespace support
