// Eq. (11).
#pragma once

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/global_alignment.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

struct GlobalAlignmentCase {
  std::string title;
  Array image, text;

  static GlobalAlignmentCase random(const std::string& title, std::uint64_t seed, Index images, Index texts,
                                    Index width) {
    Random random(seed);
    return {title, random.normal({images, width}, 3.0), random.normal({texts, width}, 0.1)};
  }
  static std::vector<GlobalAlignmentCase> all() {
    return {random("plain", 111, 3, 4, 5), random("one pair", 112, 1, 1, 4), random("D = 1", 113, 2, 2, 1)};
  }

  double temperature() const { return 1; }
  Leaves weights() { return {}; }
  Leaves inputs() {
    Leaves out;
    out.add("image", image);
    out.add("text", text);
    return out;
  }

  Outputs expected() const { return {{"scores", reference::global_alignment(image, text)}}; }

  template <class Side, class F>
  void with(Side& s, F&& f) {
    f(mgan::GlobalAlignment{}, s.vectors("image", image), s.vectors("text", text));
  }
  template <class Side>
  void run(Side& s) {
    with(s, [&](const auto& m, const auto& i, const auto& t) { s.output("scores", mgan::all_pairs(m, i, t)); });
  }
};

}  // namespace support
