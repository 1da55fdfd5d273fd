// Eq. (3): A = Linear(concat_c ReLU(conv_c(V_bar))), V_tilde = softmax_R(A)^T V_bar.
#pragma once

#include "layers.hpp"

namespace reference {

/// A cross-correlation along the regions. weight (C, D, k), bias (C); k is odd.
struct Convolution {
  Array weight;
  Array bias;
  Index dilation = 1;
};

struct MultiViewSummarization {
  std::vector<Convolution> conv;
  Linear assignment;  // (N, sum C), (N)
};

struct Views {
  Array views;              // (I, N, D)
  Array assignment_logits;  // (I, R, N), 0 behind the length
};

/// ReLU(b_c + sum_{d,k} W_cdk v_{r + dilation (k - (width - 1) / 2), d}) for all c; zeros outside the `real` regions.
inline Vector convolve(const Convolution& conv, const Array& regions, Index image, Index region, Index real) {
  Vector out;
  for (Index c = 0; c < conv.weight.size(0); ++c) {
    double sum = conv.bias.at(c);
    for (Index k = 0; k < conv.weight.size(2); ++k) {
      const Index r = region + conv.dilation * (k - (conv.weight.size(2) - 1) / 2);
      if (r < 0 || r >= real) continue;
      for (Index d = 0; d < conv.weight.size(1); ++d) sum += conv.weight.at(c, d, k) * regions.at(image, r, d);
    }
    out.push_back(sum > 0.0 ? sum : 0.0);
  }
  return out;
}

/// regions (I, R, D) with lengths (I) or none -> views (I, N, D), assignment_logits (I, R, N).
inline Views multi_view_summarization(const MultiViewSummarization& p, const Array& regions,
                                      const Lengths& region_lengths = {}) {
  const Index images = regions.size(0), n_regions = regions.size(1), width = regions.size(2);
  const Index n_views = p.assignment.weight.size(0);
  Views out{Array({images, n_views, width}), Array({images, n_regions, n_views})};
  for (Index i = 0; i < images; ++i) {
    const Index real = length_of(region_lengths, i, n_regions);
    for (Index r = 0; r < real; ++r) {
      Vector channels;
      for (const Convolution& conv : p.conv) {
        const Vector c = convolve(conv, regions, i, r, real);
        channels.insert(channels.end(), c.begin(), c.end());
      }
      out.assignment_logits.set_row(linear(p.assignment, channels), i, r);
    }
    for (Index n = 0; n < n_views; ++n) {
      Vector logits;
      for (Index r = 0; r < real; ++r) logits.push_back(out.assignment_logits.at(i, r, n));
      const Vector weights = softmax(logits);
      for (Index r = 0; r < real; ++r) {
        for (Index d = 0; d < width; ++d) {
          out.views.at(i, n, d) += weights[static_cast<std::size_t>(r)] * regions.at(i, r, d);
        }
      }
    }
  }
  return out;
}

}  // namespace reference
