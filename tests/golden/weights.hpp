// Random weights and boxes of the modules; `in` is the prefix of the parameters: "", "views.", "patch_alignment.".
#pragma once

#include "case.hpp"

namespace golden {

inline void views(Case& c, Random& random, const std::string& in, Index width, Index n_views) {
  Index sum = 0;
  const std::vector<Index> all = c.config.integers("channels"), kernels = c.config.integers("kernel_sizes");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Index channels = all[i], kernel = kernels[i];
    const std::string name = "param." + in + "conv." + std::to_string(i);
    c.add(name + ".weight",
          random.normal({channels, width, kernel}, 1.0 / std::sqrt(static_cast<double>(width * kernel))));
    c.add(name + ".bias", random.normal({channels}, 0.3));
    sum += channels;
  }
  random.linear(c, in + "assignment", n_views, sum);
}

inline void sentence(Case& c, Random& random, const std::string& in, Index width) {
  for (const char* name : {"query", "key", "value", "output"}) random.linear(c, in + name, width, width);
}

inline void selector(Case& c, Random& random, const std::string& in, Index width) {
  Array scale = random.normal({width}, 0.2);
  for (double& number : scale.values) number += 1.0;
  c.add("param." + in + "norm.weight", std::move(scale));
  c.add("param." + in + "norm.bias", random.normal({width}, 0.2));
  random.linear(c, in + "project", width / 2, width, false);
  random.linear(c, in + "score.0", width / 2, width, false);
  random.linear(c, in + "score.2", 1, width / 2, false);
}

inline void interactions(Case& c, Random& random, const std::string& in, Index words, Index patches, double scale) {
  c.add("param." + in + "A1", random.normal({words, words}, scale));
  c.add("param." + in + "A2", random.normal({patches, patches}, scale));
  c.add("param." + in + "A3", random.normal({patches, patches}, scale));
  c.add("param." + in + "A4", random.normal({words, words}, scale));
}

/// Boxes inside their images, (I, R, 4), and the sizes, (I, 2).
inline void boxes(Case& c, Random& random, Index images, Index regions) {
  Array corners({images, regions, 4}), sizes({images, 2});
  for (Index i = 0; i < images; ++i) {
    sizes.set_row({200.0 + std::floor(300.0 * random.uniform()), 150.0 + std::floor(300.0 * random.uniform())}, i);
    for (Index r = 0; r < regions; ++r) {
      for (Index axis = 0; axis < 2; ++axis) {
        const double low = 0.6 * random.uniform(), high = low + 0.1 + 0.3 * random.uniform();
        corners.at(i, r, axis) = low * sizes.at(i, axis);
        corners.at(i, r, 2 + axis) = high * sizes.at(i, axis);
      }
    }
  }
  c.add("input.boxes", std::move(corners));
  c.add("input.image_sizes", std::move(sizes));
}

}  // namespace golden
