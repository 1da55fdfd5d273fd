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
#include "mgan/core/primitives.hpp"

namespace mgan {

/// The primitives (core/primitives.hpp), gathered by subject.
struct eigen_ops : eigen_host_ops, eigen_elementwise_ops, eigen_product_ops, eigen_reduction_ops, eigen_row_ops {
  static constexpr const char* name = "Eigen";
  using tensor = EigenMatrix<double>;
};
template <>
struct library_for_checks<0> {
  using ops = eigen_ops;
};

namespace primitives {
using EigenRows = EigenMatrix<float>;  // one sample: no batches, no padding, no half precision
static_assert(Numbers<EigenRows> && Makers<EigenRows> && Arithmetic<EigenRows> && Functions<EigenRows>);
static_assert(Products<EigenRows> && Convolutions<EigenRows> && Normalizations<EigenRows> && Reductions<EigenRows>);
static_assert(Rows<EigenRows> && State<EigenRows> && Random<EigenRows, std::mt19937_64>);
}  // namespace primitives
}  // namespace mgan
