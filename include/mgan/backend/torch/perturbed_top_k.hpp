// Perturbed top-K (Cordonnier et al. 2021; Berthet et al. 2020) without a custom autograd function.
//
//     value     Y[k, m] = (1/n) sum_i [idx_ik = m]                       idx_i: top K of s + sigma z_i, ascending
//     gradient  dY/ds   = (1/(n sigma)) sum_i onehot(idx_i) z_i^T
//
// The gradient is a linear map of ds. With delta = s - s.detach(), which is zero and has derivative one, Y + (dY/ds)
// delta has Y's value and this gradient; autograd transposes the map. Only the indices (..., n, K) are kept.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <optional>

#include "mgan/backend/torch/rows.hpp"

namespace mgan {

struct torch_perturbed_ops {
  /// Standard normal draws (..., n, M) for scores (..., M), on the device of the generator and then copied: one on the
  /// CPU gives the same draws wherever the scores are.
  static at::Tensor gaussian(const at::Tensor& scores, std::int64_t draws, at::Generator& generator) {
    auto sizes = scores.sizes().vec();
    sizes.insert(sizes.end() - 1, draws);
    const at::Device device = generator.defined() ? generator.device() : scores.device();
    const auto options = scores.options().requires_grad(false).device(device);
    return at::randn(sizes, generator, options).to(scores.device());
  }

  /// Zeros with the probability `rate`, the rest divided by 1 - rate. Draws are made where the generator is.
  static at::Tensor dropout(const at::Tensor& x, double rate, at::Generator& generator) {
    const at::Device device = generator.defined() ? generator.device() : x.device();
    const at::Tensor draws = at::rand(x.sizes(), generator, at::TensorOptions(device).dtype(at::kFloat));
    return x.masked_fill(draws.lt(rate).to(x.device()), 0) * (1.0 / (1.0 - rate));
  }

  /// scores (..., M), noise (..., n, M) -> Y (..., K, M). `full`: the whole Jacobian; otherwise the published code's
  /// diagonal, dY[k, m]/ds[m] alone.
  static at::Tensor perturbed_top_k(const at::Tensor& scores, const at::Tensor& noise, std::int64_t k, double sigma,
                                    bool full) {
    const std::int64_t draws = noise.size(-2);
    const at::Tensor indices = torch_row_ops::top_k(scores.detach().unsqueeze(-2) + noise * sigma, k);  // (..., n, K)
    const at::Tensor chosen = indices.transpose(-1, -2);                                                // (..., K, n)
    const at::Tensor ones = at::full({}, 1.0, noise.options()).expand_as(chosen);                       // (..., K, n)
    const at::Tensor indicator = count(chosen, ones, scores) / draws;                                   // (..., K, M)
    if (!scores.requires_grad()) return indicator;

    const at::Tensor delta = scores - scores.detach();  // (..., M), zero
    const double factor = 1.0 / (static_cast<double>(draws) * sigma);
    if (full) {
      const at::Tensor step = noise.matmul(delta.unsqueeze(-1)).squeeze(-1);                    // (..., n): z_i . delta
      return indicator + count(chosen, step.unsqueeze(-2).expand_as(chosen), scores) * factor;  // (..., K, M)
    }
    const at::Tensor z = noise.gather(-1, indices).transpose(-1, -2);            // (..., K, n): z_i[idx_ik]
    return indicator + count(chosen, z, scores) * delta.unsqueeze(-2) * factor;  // (..., K, M)
  }

 private:
  /// sum over draws i of weight[k, i] onehot(chosen[k, i]): (..., K, n) -> (..., K, M).
  static at::Tensor count(const at::Tensor& chosen, const at::Tensor& weight, const at::Tensor& scores) {
    auto sizes = chosen.sizes().vec();
    sizes.back() = scores.size(-1);
    return at::zeros(sizes, weight.options()).scatter_add(-1, chosen, weight);
  }
};

}  // namespace mgan
