// The gradient of a few pairs, as behind the hardest negatives: their rows and words side by side, batched products.
#pragma once

#include <ATen/ops/bmm.h>

#include "mgan/fused/cuda/dense_gradient.hpp"

namespace mgan::cuda {

/// `touched` (P, 2): image and caption of every pair whose dS is not zero, as nonzero() lists them.
template <class Plan>
Gradients sparse_gradient(const Sides& sides, const Plan& plan, const at::Tensor& dS, const at::Tensor& touched,
                          std::int64_t floats) {
  const std::int64_t K = sides.images.size(1), D = sides.images.size(2), P = touched.size(0);
  const at::Tensor host = touched.select(1, 1).to(at::kCPU).contiguous();  // (P)
  std::vector<std::int32_t> lengths;
  for (std::int64_t p = 0; p < P; ++p)
    lengths.push_back(static_cast<std::int32_t>(sides.lengths[host.const_data_ptr<std::int64_t>()[p]]));
  Gradients d{at::zeros(sides.images.sizes(), sides.images.options()),
              at::zeros(sides.words.sizes(), sides.words.options()),
              {}};
  at::Tensor partials = plan.make_partials();

  const std::int64_t L = sides.words.size(1), a_pair = 2 * (K + L) * D + 2 * K * L;
  const std::int64_t chunk = std::max<std::int64_t>(1, floats / a_pair);
  for (std::int64_t begin = 0; begin < P; begin += chunk) {
    const std::int64_t count = std::min(chunk, P - begin);
    const std::vector<std::int32_t> some(lengths.begin() + begin, lengths.begin() + begin + count);
    const int longest = *std::max_element(some.begin(), some.end());
    const at::Tensor real = on_device(some, dS.device());  // (count)
    const at::Tensor i = touched.select(1, 0).narrow(0, begin, count), t = touched.select(1, 1).narrow(0, begin, count);
    const at::Tensor rows = sides.images.index_select(0, i);                        // (count, K, D)
    const at::Tensor words = sides.words.narrow(1, 0, longest).index_select(0, t);  // (count, n, D)
    const at::Tensor upstream = dS.flatten().index_select(0, i * dS.size(1) + t);   // (count)

    const at::Tensor c = at::bmm(as_operand(words).to(at::kFloat), as_operand(rows).to(at::kFloat).transpose(1, 2));
    at::Tensor dc = at::zeros(c.sizes(), c.options());  // (count, n, K)
    const kc::PairList list{count, static_cast<int>(K), longest, real.const_data_ptr<int>()};
    plan.differentiate(list, c, upstream.const_data_ptr<float>(), dc, partials);

    // A sorted sum, whose order is the same in every run; index_add_ would use atomics.
    d.image.index_put_({i}, at::bmm(dc.transpose(1, 2), words), true);       // (I, K, D)
    d.words.narrow(1, 0, longest).index_put_({t}, at::bmm(dc, rows), true);  // (T, n, D)
  }
  d.weights = plan.weight_gradients(partials);
  return d;
}

}  // namespace mgan::cuda
