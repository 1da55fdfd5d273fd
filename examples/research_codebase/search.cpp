// The best caption of every picture, on our own arrays.
#include <cstdio>

#include "lab/grid.hpp"
#include "lab/metric_match.hpp"
#include "mgan/alignment/all_pairs.hpp"

int main() {
  const std::vector<lab::Grid> pictures{{{2, 2}, {1, 0, 1, 1}}, {{1, 2}, {0, 3}}};          // 2 regions, 1 region
  const std::vector<lab::Grid> captions{{{1, 2}, {0, 1}}, {{3, 2}, {2, 0, 1, 0, 1, 0.5}}};  // 1 word, 3 words
  const auto match = lab::MetricMatch<lab::Grid>::create(/*width=*/2);
  const lab::Grid scores = mgan::all_pairs(match, pictures, captions);  // (2, 2)
  for (std::size_t i = 0; i < 2; ++i) {
    const double first = scores.numbers[2 * i], second = scores.numbers[2 * i + 1];
    std::printf("picture %zu: caption %d\n", i, first > second ? 0 : 1);
  }
}
