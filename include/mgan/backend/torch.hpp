// The LibTorch backend: training and batches, any floating type, CPU or CUDA, autograd on.
// Single operator headers keep the cost of this include down: define AT_PER_OPERATOR_HEADERS (the target mgan::torch
// does).
#pragma once

#include "mgan/backend/torch/elementwise.hpp"
#include "mgan/backend/torch/host.hpp"
#include "mgan/backend/torch/perturbed_top_k.hpp"
#include "mgan/backend/torch/products.hpp"
#include "mgan/backend/torch/ragged.hpp"
#include "mgan/backend/torch/reductions.hpp"
#include "mgan/backend/torch/rows.hpp"
#include "mgan/backend/torch/traits.hpp"

namespace mgan {

/// The primitives of core/tensor.hpp, gathered by subject.
struct torch_ops : torch_host_ops,
                   torch_elementwise_ops,
                   torch_product_ops,
                   torch_reduction_ops,
                   torch_row_ops,
                   torch_perturbed_ops {
  using tensor = at::Tensor;  // what checks compute on
};

}  // namespace mgan
