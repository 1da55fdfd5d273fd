// Eq. (1), with every normalisation.
#pragma once

#include "mgan/embedding/region_embedding.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

struct RegionEmbeddingCase {
  std::string title;
  mgan::RegionNormalization normalization;
  reference::RegionEmbedding p;
  Array features, boxes, image_sizes;

  static RegionEmbeddingCase random(const std::string& title, std::uint64_t seed, Index images, Index regions,
                                    Index feature_width, Index width, mgan::RegionNormalization normalization) {
    Random random(seed);
    const auto [boxes, sizes] = random.boxes(images, regions);
    return {
        title,
        normalization,
        {random.linear(feature_width, width), random.linear(6, width), normalization == mgan::RegionNormalization::l2},
        random.normal({images, regions, feature_width}),
        boxes,
        sizes};
  }
  static std::vector<RegionEmbeddingCase> all() {
    using N = mgan::RegionNormalization;
    return {random("plain", 1, 2, 5, 7, 6, N::none), random("one region", 2, 3, 1, 4, 3, N::none),
            random("l2", 3, 2, 4, 5, 6, N::l2), random("camera", 4, 2, 4, 5, 6, N::camera)};
  }

  double temperature() const { return 1; }
  Leaves weights() { return leaves(p); }
  Leaves inputs() {
    Leaves out;
    out.add("features", features);
    return out;
  }

  Outputs expected() const {
    if (normalization != mgan::RegionNormalization::camera) {
      return {{"regions", reference::region_embedding(p, features, boxes, image_sizes)}};
    }
    // Every column of V at unit length over the regions, times the positions L = (V * L) / V of a V of ones.
    reference::RegionEmbedding positions = p;
    for (double& w : positions.feature.weight.values) w = 0;
    for (double& b : positions.feature.bias.values) b = 1;
    Array regions = reference::region_embedding(positions, features, boxes, image_sizes);
    for (Index i = 0; i < regions.size(0); ++i) {
      for (Index d = 0; d < regions.size(2); ++d) {
        Vector column;
        for (Index r = 0; r < regions.size(1); ++r) {
          column.push_back(reference::linear(p.feature, features.row(i, r))[static_cast<std::size_t>(d)]);
        }
        column = reference::unit(column);
        for (Index r = 0; r < regions.size(1); ++r) regions.at(i, r, d) *= column[static_cast<std::size_t>(r)];
      }
    }
    return {{"regions", regions}};
  }

  template <class Side>
  void run(Side& s) {
    mgan::RegionEmbedding<typename Side::tensor> f;
    f.normalization = normalization;
    s.weights(f, weights());
    s.output("regions", s.each(f, s.samples("features", features), s.samples("boxes", boxes),
                               s.vectors("image_sizes", image_sizes)));
  }
};

}  // namespace support
