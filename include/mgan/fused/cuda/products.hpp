// The products of words and rows on LibTorch's cuBLAS, and the bounds of a tile of them.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/mm.h>

#include "mgan/core/error.hpp"

namespace mgan::cuda {

/// What the products of scores are computed in. kFloat: single precision, or TF32 where LibTorch is told so
/// (at::globalContext().setFloat32MatmulPrecision). kBFloat16: operands rounded to bfloat16, sums in single. Gradients
/// always multiply in kFloat. Set it before scoring; it holds for the program.
inline at::ScalarType product_type = at::kFloat;

/// Numbers of one tile of products, 256 MB; the gradient holds two. Scores do not depend on
/// it but for cuBLAS's rounding.
inline std::int64_t tile_floats = std::int64_t{1} << 26;

inline at::Tensor as_operand(const at::Tensor& x) { return x.to(product_type); }

/// words (N, D) and rows (R, D), both as operands -> (N, R), single precision.
template <class T>
T products(const T& words, const T& rows) {
  if (words.scalar_type() == at::kFloat) return at::mm(words, rows.t());  // (N, R)
  if constexpr (requires { at::mm(words, rows, at::kFloat); }) {          // LibTorch 2.8
    if (words.is_cuda()) return at::mm(words, rows.t(), at::kFloat);      // (N, R)
  }
  return at::mm(words.to(at::kFloat), rows.to(at::kFloat).t());  // (N, R)
}

}  // namespace mgan::cuda
