// Frozen features, channel by channel, with zero mean and (if asked for) unit deviation:
//
//     y = (x - mean) / deviation      mean, deviation (d) over all rows of the training split
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>

#include "mgan/core/error.hpp"

namespace mgan::encoders {

/// Undefined tensors: features as they are. Not trained, and stored with the weights.
struct Standardization {
  at::Tensor mean, deviation;  // (d) each

  /// Features (..., d) -> (..., d).
  at::Tensor operator()(const at::Tensor& x) const { return mean.defined() ? x.sub(mean).div(deviation) : x; }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    if (!self.mean.defined()) return;
    f("mean", self.mean);
    f("deviation", self.deviation);
  }
};

/// Sums over rows that come in pieces, in double precision: pieces (..., d) of any size give what the whole gives.
struct Moments {
  at::Tensor sum, squares;  // (d) each
  std::int64_t rows = 0;

  void add(const at::Tensor& x) {
    if (x.numel() == 0) return;
    constexpr std::int64_t most = 1 << 25;  // numbers at a time, 256 MB: a shard may be larger than memory
    const std::int64_t step = std::max<std::int64_t>(1, most / (x.numel() / x.size(0)));
    for (std::int64_t first = 0; first < x.size(0); first += step) {
      const at::Tensor some = x.narrow(0, first, std::min(step, x.size(0) - first));
      const at::Tensor d = some.reshape({-1, x.size(-1)}).to(at::kDouble);  // (n, d)
      const at::Tensor s = d.sum(0), q = d.square().sum(0);                 // (d) each
      sum = sum.defined() ? sum + s : s;
      squares = squares.defined() ? squares + q : q;
      rows += d.size(0);
    }
  }

  at::Tensor mean() const {  // (d)
    require(rows > 0, "Moments: no rows");
    return sum / static_cast<double>(rows);
  }

  /// A channel that hardly varies (less than a hundredth of the median channel) keeps 1: dividing by nothing would blow
  /// up its rounding, and the gradient of a layer that is tuned before it.
  at::Tensor deviation() const {  // (d)
    const at::Tensor m = mean();
    const at::Tensor d = (squares / static_cast<double>(rows) - m.square()).clamp_min(0).sqrt();
    const at::Tensor still = d.le(d.median().mul(1e-2));
    return d.masked_fill(still, 1);
  }
};

}  // namespace mgan::encoders
