// What becomes of the products: an interaction or maxima, with what their kernels need on the device.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <array>
#include <vector>

#include "mgan/fused/cuda/run.hpp"

namespace mgan::cuda {

namespace kc = kernels::cuda;

/// Both directions of PatchAlignment with y = A p, weights detached.
struct InteractionPlan {
  std::array<at::Tensor, 4> columns, rows;  // of A1..A4, filled up to whole fours
  std::int64_t K = 0, L = 0;
  kc::Sharpness sharpness = {};

  InteractionPlan(const std::array<at::Tensor, 4>& A, double temperature) {
    K = A[1].size(0), L = A[0].size(0);
    const auto filled = [](const at::Tensor& x) {
      const std::int64_t n = x.size(0);
      at::Tensor fours = at::zeros({n, (n + 3) / 4 * 4}, x.options().requires_grad(false));
      fours.narrow(1, 0, n).copy_(x);
      return fours;  // (n, n filled up)
    };
    for (std::size_t i = 0; i < 4; ++i) {
      rows[i] = filled(A[i].detach());
      columns[i] = filled(A[i].detach().t());
    }
    const auto natural = static_cast<float>(1 / temperature);
    sharpness = {natural, 1.44269504f / static_cast<float>(temperature)};
  }

  kc::Interaction weights() const {
    const auto square = [this](std::size_t i) {
      const auto fours = [](const at::Tensor& x) {
        return reinterpret_cast<const kc::Four*>(x.const_data_ptr<float>());
      };
      return kc::Square{fours(columns[i]), fours(rows[i]), static_cast<int>(rows[i].size(1) / 4)};
    };
    return {square(0), square(1), square(2), square(3), static_cast<int>(L), sharpness};
  }

  /// (blocks, dA1 dA2 dA3 dA4), zero: a number of blocks that depends on sizes alone, so that sums
  /// keep their order on any device.
  at::Tensor make_partials() const {
    const std::int64_t floats = kc::InteractionGradient<kc::DenseTile>::partial_floats(K, L);
    const std::int64_t blocks = std::clamp<std::int64_t>(slab_floats / floats, 1, 1024);
    return at::zeros({blocks, floats}, rows[0].options());
  }
  /// dA1, dA2, dA3, dA4.
  std::vector<at::Tensor> weight_gradients(const at::Tensor& partials) const {
    at::Tensor sums = at::empty({partials.size(1)}, partials.options());
    const kc::SumPartials kernel{partials.const_data_ptr<float>(), partials.size(0), partials.size(1),
                                 sums.mutable_data_ptr<float>()};
    run(kernel, kernel.blocks(), 0, sums);
    std::vector<at::Tensor> gradients;
    std::int64_t first = 0;
    for (const std::int64_t n : {L, K, K, L}) {
      gradients.push_back(sums.narrow(0, first, n * n).view({n, n}));  // (n, n)
      first += n * n;
    }
    return gradients;
  }

  void score(const kc::DenseTile& tile, const at::Tensor& c, float* scores) const {
    const kc::ScoreInteraction<kc::DenseTile> kernel{tile, weights(), c.const_data_ptr<float>(), scores};
    run(kernel, tile.blocks(), kc::Workspace::floats(K, tile.longest, false), c);
  }
  template <class Pairs>
  void differentiate(const Pairs& pairs, const at::Tensor& c, const float* upstream, at::Tensor& dc,
                     at::Tensor& partials) const {
    const kc::InteractionGradient<Pairs> kernel{pairs,
                                                weights(),
                                                c.const_data_ptr<float>(),
                                                upstream,
                                                dc.mutable_data_ptr<float>(),
                                                partials.mutable_data_ptr<float>()};
    run(kernel, std::min(partials.size(0), pairs.blocks()), kc::Workspace::floats(K, pairs.longest, true), c);
  }
};

/// PlainAggregation and MaxSim: no weights.
struct MaximaPlan {
  kc::Maxima maxima = {};

  at::Tensor make_partials() const { return {}; }
  std::vector<at::Tensor> weight_gradients(const at::Tensor&) const { return {}; }

  void score(const kc::DenseTile& tile, const at::Tensor& c, float* scores) const {
    run(kc::ScoreMaxima<kc::DenseTile>{tile, maxima, c.const_data_ptr<float>(), scores}, tile.blocks(), 0, c);
  }
  template <class Pairs>
  void differentiate(const Pairs& pairs, const at::Tensor& c, const float* upstream, at::Tensor& dc,
                     at::Tensor&) const {
    const kc::MaximaGradient<Pairs> kernel{pairs, maxima, c.const_data_ptr<float>(), upstream,
                                           dc.mutable_data_ptr<float>()};
    run(kernel, pairs.blocks(), 0, c);
  }
};

}  // namespace mgan::cuda
