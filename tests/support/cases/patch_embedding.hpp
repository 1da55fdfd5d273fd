// Eq. (2).
#pragma once

#include "mgan/embedding/patch_embedding.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

struct PatchEmbeddingCase {
  std::string title;
  reference::PatchEmbedding p;
  Array tokens;

  static PatchEmbeddingCase random(const std::string& title, std::uint64_t seed, Index images, Index patches,
                                   Index token_width, Index width) {
    Random random(seed);
    return {title,
            {random.linear(token_width, width), random.linear(width, width)},
            random.normal({images, 1 + patches, token_width}, 2.0)};
  }
  static std::vector<PatchEmbeddingCase> all() {
    return {random("plain", 11, 2, 4, 5, 6), random("one patch", 12, 2, 1, 3, 4), random("D = 1", 13, 1, 3, 4, 1)};
  }

  double temperature() const { return 1; }
  Leaves weights() { return leaves(p); }
  Leaves inputs() {
    Leaves out;
    out.add("tokens", tokens);
    return out;
  }

  Outputs expected() const {
    const reference::Embedded out = reference::patch_embedding(p, tokens);
    return {{"patches", out.tokens}, {"global", out.global}};
  }

  template <class Side>
  void run(Side& s) {
    mgan::PatchEmbedding<typename Side::tensor> f;
    s.weights(f, weights());
    const auto x = s.samples("tokens", tokens);
    s.output("patches", s.each([&](const auto& t) { return f(t).patches; }, x));
    s.output("global", s.each([&](const auto& t) { return f(t).global; }, x));
  }
};

}  // namespace support
