// The LibTorch backend: training and batches, any floating type, CPU or CUDA, autograd on.
// Single operator headers keep the cost of this include down: define AT_PER_OPERATOR_HEADERS
// (the target mgan::torch does).
#pragma once

#include "mgan/backend/torch/elementwise.hpp"
#include "mgan/backend/torch/host.hpp"
#include "mgan/backend/torch/perturbed_top_k.hpp"
#include "mgan/backend/torch/products.hpp"
#include "mgan/backend/torch/ragged.hpp"
#include "mgan/backend/torch/reductions.hpp"
#include "mgan/backend/torch/rows.hpp"
#include "mgan/backend/torch/traits.hpp"
#include "mgan/core/primitives.hpp"

namespace mgan {

/// The primitives (core/primitives.hpp), gathered by subject.
struct torch_ops : torch_host_ops,
                   torch_elementwise_ops,
                   torch_product_ops,
                   torch_reduction_ops,
                   torch_row_ops,
                   torch_perturbed_ops {
  static constexpr const char* name = "LibTorch";
  using tensor = at::Tensor;
};
template <>
struct library_for_checks<1> {
  using ops = torch_ops;
};

namespace primitives {
static_assert(Numbers<at::Tensor> && Makers<at::Tensor> && Arithmetic<at::Tensor> && Functions<at::Tensor>);
static_assert(Products<at::Tensor> && Convolutions<at::Tensor> && Normalizations<at::Tensor> && Reductions<at::Tensor>);
static_assert(Rows<at::Tensor> && Masks<at::Tensor> && Batches<at::Tensor> && HalfPrecision<at::Tensor>);
static_assert(State<at::Tensor>);
static_assert(Random<at::Tensor, at::Generator>);
}  // namespace primitives
}  // namespace mgan
