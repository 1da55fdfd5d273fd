// The module on our own arrays: its properties, and its scores against Eigen.
#include "mgan/testing.hpp"

#include <cstdio>

#include "lab/grid.hpp"
#include "lab/metric_match.hpp"
#include "mgan/backend/eigen.hpp"

lab::Grid random(const mgan::Shape& shape, std::uint64_t seed) {
  return lab::grid_ops::from_host(mgan::random_numbers(shape, seed));
}

int main() {
  const std::vector<lab::Grid> pictures{random({3, 4}, 1), random({5, 4}, 2)};
  const std::vector<lab::Grid> captions{random({2, 4}, 3), random({1, 4}, 4), random({6, 4}, 5)};
  const lab::MetricMatch<lab::Grid> match{random({4, 4}, 6)};
  int failed = 0;
  for (const auto& result : {mgan::check_properties(match, pictures, captions, {.positive_scale = true}),
                             mgan::check_backends(match, pictures, captions)}) {
    std::puts(result.message().c_str());
    failed += !result;
  }
  return failed;
}
