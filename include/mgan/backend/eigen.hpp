// The Eigen backend: reference checks on the CPU, float and double, one sample at a time. A batch is a std::vector.
// Every primitive returns an owned matrix, vector or number; expressions are accepted as inputs.
#pragma once

#include "mgan/backend/eigen/elementwise.hpp"
#include "mgan/backend/eigen/host.hpp"
#include "mgan/backend/eigen/perturbed_top_k.hpp"
#include "mgan/backend/eigen/products.hpp"
#include "mgan/backend/eigen/reductions.hpp"
#include "mgan/backend/eigen/rows.hpp"
#include "mgan/backend/eigen/traits.hpp"

namespace mgan {

/// The primitives of core/tensor.hpp, gathered by subject.
struct eigen_ops : eigen_host_ops, eigen_elementwise_ops, eigen_product_ops, eigen_reduction_ops, eigen_row_ops {
  using tensor = EigenMatrix<double>;  // what checks compute on
};

}  // namespace mgan
