// Padded batches with lengths.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "mgan/backend/torch/host.hpp"
#include "mgan/core/masked.hpp"

namespace mgan {

/// True where a position is real: lengths (B) of integers -> (B, width). Every length is in 1..width; `what` names the
/// batch in the error.
inline at::Tensor mask_from_lengths(const at::Tensor& lengths, std::int64_t width, const char* what = "ragged") {
  require(lengths.dim() == 1 && !lengths.is_floating_point() && lengths.scalar_type() != at::kBool, what,
          ": lengths are ", torch_host_ops::dtype(lengths), " ", lengths.sizes().vec(), ", expected integers (batch)");
  const HostArray host = torch_host_ops::to_host(lengths);
  for (std::size_t i = 0; i < host.values.size(); ++i) {
    const auto length = static_cast<std::int64_t>(host.values[i]);
    require(length >= 1 && length <= width, what, ": sample ", i, " has length ", length, ", expected 1..", width);
  }
  return at::arange(width, lengths.options()) < lengths.unsqueeze(-1);
}

/// A padded batch: numbers (B, n, ...) and lengths (B). Padding is replaced by zeros, whatever it held.
inline Masked<at::Tensor> ragged(const at::Tensor& batch, const at::Tensor& lengths, const char* what = "ragged") {
  require(batch.dim() >= 2, what, ": values are ", batch.sizes().vec(), ", expected (batch, positions, ...)");
  require(lengths.dim() == 1 && lengths.size(0) == batch.size(0), what, ": ", lengths.sizes().vec(),
          " lengths for values ", batch.sizes().vec());
  const at::Tensor real = mask_from_lengths(lengths, batch.size(1), what).to(batch.device());  // (B, n)
  if (real.all().item<bool>()) return {batch, real};
  at::Tensor padding = real.logical_not();
  while (padding.dim() < batch.dim()) padding = padding.unsqueeze(-1);
  return {batch.masked_fill(padding, 0), real};
}

}  // namespace mgan
