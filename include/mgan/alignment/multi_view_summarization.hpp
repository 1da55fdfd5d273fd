// N views of the regions of an image. Eq. (3) of the MGAN paper; the module comes from CAMERA (2020).
//
//     A = Linear([relu(conv_1(V)), ..., relu(conv_7(V))])        V_tilde = softmax_R(A)^T V
//
// The convolutions run along the region index.
#pragma once

#include <algorithm>
#include <vector>

#include "mgan/core/masked.hpp"
#include "mgan/nn/conv1d.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// The paper's seven convolutions; `channels` default to a joint dimension of 2048.
struct ViewSizes {
  std::vector<std::int64_t> channels = {256, 128, 128, 128, 128, 128, 128};
  std::vector<std::int64_t> kernel_sizes = {1, 3, 3, 3, 5, 5, 5};
  std::vector<std::int64_t> dilations = {1, 1, 2, 3, 1, 2, 3};
  std::int64_t n_views = 12;

  /// The paper's proportions at another joint dimension: D/8 channels, then D/16 six times.
  static ViewSizes for_width(std::int64_t width, std::int64_t n_views = 12) {
    const std::int64_t small = std::max<std::int64_t>(1, width / 16);
    ViewSizes sizes;
    sizes.channels = {2 * small, small, small, small, small, small, small};
    sizes.n_views = n_views;
    return sizes;
  }
};

/// Views (..., N, D) and the logits A (..., R, N) behind them; A's rows of padding are 0.
template <class V, class A>
struct Views {
  V views;
  A assignment_logits;

  /// Both tensors through f: how the all-pairs driver slices and broadcasts a state.
  template <class F>
  auto map(F&& f) const {
    return Views<decltype(f(views)), decltype(f(assignment_logits))>{f(views), f(assignment_logits)};
  }
  const V& first_tensor() const { return views; }
};
template <class V, class A>
Views(V, A) -> Views<V, A>;

template <Tensor T>
struct MultiViewSummarization {
  std::vector<Conv1d<T>> conv;  // (C_i, D, k_i)
  Linear<T> assignment;         // (N, sum C_i)

  static MultiViewSummarization create(std::int64_t width, const ViewSizes& sizes = {}) {
    require(sizes.channels.size() == sizes.kernel_sizes.size() && sizes.channels.size() == sizes.dilations.size() &&
                !sizes.channels.empty(),
            "MultiViewSummarization: ", sizes.channels.size(), " channels, ", sizes.kernel_sizes.size(),
            " kernel sizes, ", sizes.dilations.size(), " dilations");
    MultiViewSummarization m;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < sizes.channels.size(); ++i) {
      m.conv.push_back(Conv1d<T>::create(width, sizes.channels[i], sizes.kernel_sizes[i], sizes.dilations[i]));
      total += sizes.channels[i];
    }
    m.assignment = Linear<T>::create(total, sizes.n_views);
    return m;
  }

  /// Regions (..., R, D), masked if they are padded; padding acts like the zeros around the convolutions.
  template <Tokens X>
  auto operator()(const X& regions) const {
    require(!conv.empty(), "MultiViewSummarization: no convolutions");
    check_rows("MultiViewSummarization", "regions", regions, shape(conv.front().weight)[1]);
    check_finite("MultiViewSummarization", "regions", regions);
    const auto v = mask_rows(values(regions), mask(regions));  // (..., R, D)

    const auto features = relu(convolve_each(conv, v));              // (..., R, sum C_i)
    const auto a = mask_rows(assignment(features), mask(regions));   // (..., R, N)
    const auto view_weights = softmax(transpose(a), mask(regions));  // (..., N, R)
    return Views{matmul(view_weights, v), a};                        // (..., N, D), (..., R, N)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("conv", self.conv);
    f("assignment", self.assignment);
  }
};

}  // namespace mgan
