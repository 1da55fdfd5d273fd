// Eq. (3).
#pragma once

#include "mgan/alignment/multi_view_summarization.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

/// Two convolutions a kernel size of the paper, with dilations that reach over the end of a short sample.
inline reference::MultiViewSummarization random_views(Random& random, Index width, Index n_views) {
  reference::MultiViewSummarization p;
  const Index kernels[] = {1, 3, 3, 5}, dilations[] = {1, 1, 2, 3}, channels[] = {2, 1, 2, 1};
  for (std::size_t i = 0; i < 4; ++i) {
    p.conv.push_back(
        {random.normal({channels[i], width, kernels[i]}, 0.5), random.normal({channels[i]}, 0.3), dilations[i]});
  }
  p.assignment = random.linear(6, n_views);
  return p;
}

template <class M>
void configure(M& module, const reference::MultiViewSummarization& p) {
  module.conv.resize(p.conv.size());
  for (std::size_t i = 0; i < p.conv.size(); ++i) module.conv[i].dilation = p.conv[i].dilation;
}

struct MultiViewSummarizationCase {
  std::string title;
  reference::MultiViewSummarization p;
  Array regions;
  Lengths region_lengths;

  static MultiViewSummarizationCase random(const std::string& title, std::uint64_t seed, Index images, Index regions,
                                           Index width, Index n_views, bool ragged) {
    Random random(seed);
    return {title, random_views(random, width, n_views), random.normal({images, regions, width}),
            ragged ? random.lengths(images, regions) : Lengths{}};
  }
  static std::vector<MultiViewSummarizationCase> all() {
    return {random("plain", 31, 2, 9, 4, 3, false), random("ragged", 32, 4, 8, 3, 2, true),
            random("one region", 33, 2, 1, 4, 3, false), random("one view", 34, 2, 5, 3, 1, true)};
  }

  double temperature() const { return 1; }
  const Lengths& lengths() const { return region_lengths; }
  Leaves weights() { return leaves(p); }
  Leaves inputs() {
    Leaves out;
    out.add("regions", regions);
    return out;
  }

  Outputs expected() const {
    const reference::Views out = reference::multi_view_summarization(p, regions, region_lengths);
    return {{"views", out.views}, {"assignment_logits", out.assignment_logits}};
  }

  template <class Side>
  void run(Side& s) {
    mgan::MultiViewSummarization<typename Side::tensor> f;
    configure(f, p);
    s.weights(f, weights());
    s.with_samples("regions", regions, region_lengths, [&](const auto& x) {
      s.output("views", s.each([&](const auto& v) { return f(v).views; }, x));
      s.output("assignment_logits", s.each([&](const auto& v) { return f(v).assignment_logits; }, x));
    });
  }
};

}  // namespace support
