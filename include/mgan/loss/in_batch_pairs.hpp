// The pairs of a batch: row i and column i of scores (B, B) are pair i. Captions of one image, which have equal ids,
// are never negatives of each other; without ids every other pair is one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mgan/core/check.hpp"

namespace mgan {

/// B. Throws unless scores are (B, B), with one pair or more, finite, and ids are none or B.
template <Tensor X>
std::int64_t check_pairs(const char* where, const X& scores, std::span<const std::int64_t> image_ids = {}) {
  const Shape s = shape(scores);
  require(s.size() == 2 && s[0] == s[1], where, ": scores are ", s, ", expected (B, B)");
  require(s[0] > 0, where, ": scores are ", s, ", there is no pair");
  require(image_ids.empty() || static_cast<std::int64_t>(image_ids.size()) == s[0], where, ": ", image_ids.size(),
          " image ids for scores ", s);
  check_finite(where, "scores", scores);
  return s[0];
}

/// Numbers (B, B): `own` for a pair itself, `same` for an image beside another caption of its own, `negative`
/// elsewhere.
inline HostArray pair_numbers(std::int64_t batch, std::span<const std::int64_t> image_ids, double own, double same,
                              double negative) {
  HostArray pairs{{batch, batch}, {}};
  for (std::int64_t i = 0; i < batch; ++i)
    for (std::int64_t j = 0; j < batch; ++j) {
      const bool of_one =
          !image_ids.empty() && image_ids[static_cast<std::size_t>(i)] == image_ids[static_cast<std::size_t>(j)];
      pairs.values.push_back(i == j ? own : of_one ? same : negative);
    }
  return pairs;
}

/// (B, B): 1 where a pair is a negative, else 0.
inline HostArray negative_pairs(std::int64_t batch, std::span<const std::int64_t> image_ids) {
  return pair_numbers(batch, image_ids, 0, 0, 1);
}

}  // namespace mgan
