// Fused<Module> on CUDA tensors, forward and backward: include this in one translation unit and link mgan::cuda.
//
// A tile of products by cuBLAS, words end to end, then one kernel for what becomes of them; in between
// nothing of the size (images, texts, K, L) exists but the tile. docs/cuda.md says what was checked, and that
// none of it ever ran on a GPU.
#pragma once

#include "mgan/fused/cuda/node.hpp"
#include "mgan/fused/torch.hpp"

namespace mgan::cuda {

/// PatchAlignment with y = A p: A1, A4 (L, L), A2, A3 (K, K).
inline at::Tensor interaction_scores(const Sides& sides, const std::array<at::Tensor, 4>& A, double temperature) {
  return scores_with_gradient(sides, InteractionPlan(A, temperature), {A.begin(), A.end()});
}
inline at::Tensor maxima_scores(const Sides& sides, const kernels::MaximaEpilogue& maxima) {
  return scores_with_gradient(sides, MaximaPlan{{maxima.factor_words, maxima.factor_rows, maxima.mean}}, {});
}

/// Read by no one: its making attaches the kernels.
inline const bool attached = [] {
  cuda_scoring = {&interaction_scores, &maxima_scores};
  return true;
}();

}  // namespace mgan::cuda
