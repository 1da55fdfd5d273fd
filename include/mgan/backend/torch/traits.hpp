// LibTorch taught to mgan: an at::Tensor of any floating type, on any device, with leading axes as the batch.
#pragma once

#include <ATen/core/Tensor.h>

#include "mgan/core/host.hpp"
#include "mgan/core/tensor.hpp"

namespace mgan {

struct torch_ops;

template <>
struct tensor_traits<at::Tensor> {
  using ops = torch_ops;
  using matrix = at::Tensor;
  using vector = at::Tensor;
  using kernel = at::Tensor;
};

namespace detail {

/// Half precision is accumulated in single: norms, softmax, scores, losses.
inline at::Tensor accumulate(const at::Tensor& x) {
  return x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16 ? x.to(at::kFloat) : x;
}

/// A mask (..., n) placed against x (..., m, n): axes of length 1 go in before the last one.
inline at::Tensor align(at::Tensor mask, const at::Tensor& x) {
  while (mask.dim() < x.dim()) mask = mask.unsqueeze(-2);
  return mask;
}

}  // namespace detail
}  // namespace mgan
