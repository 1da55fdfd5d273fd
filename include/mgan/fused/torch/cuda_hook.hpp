// Where CUDA kernels attach themselves: including "mgan/fused/cuda.hpp" in one translation unit of a program that links
// mgan::cuda fills `cuda_scoring`, and Fused<Module> then serves CUDA tensors everywhere in it.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <type_traits>

#include "mgan/fused/torch/epilogue_of.hpp"
#include "mgan/fused/torch/sides.hpp"

namespace mgan {

/// S (I, T) with a gradient to both sides and to the weights of y = A p.
struct CudaScoring {
  at::Tensor (*interaction)(const Sides& sides, const std::array<at::Tensor, 4>& A, double temperature) = nullptr;
  at::Tensor (*maxima)(const Sides& sides, const kernels::MaximaEpilogue& maxima) = nullptr;
};
inline CudaScoring cuda_scoring;

/// S of prepared sides, image (I, 1, K, D), words (1, T, L, D), their mask (1, T, L) or undefined; undefined where
/// the kernels are not linked or do not serve. A mask is read on the host: one synchronisation.
template <class Module>
at::Tensor scored_on_cuda(const Module& module, const at::Tensor& image, const at::Tensor& words,
                          const at::Tensor& real) {
  if (!cuda_scoring.interaction || !image.is_cuda()) return {};
  const std::optional<Sides> sides = spread_sides_of(image, words, real, at::kCUDA);
  if (!sides) return {};

  if constexpr (std::is_same_v<Module, PatchAlignment<at::Tensor>>) {
    const auto rows = [&](const at::Tensor& A) {
      return module.convention == Convention::column ? A : A.transpose(0, 1);
    };
    return cuda_scoring.interaction(*sides, {rows(module.A1), rows(module.A2), rows(module.A3), rows(module.A4)},
                                    module.temperature);
  } else if constexpr (std::is_same_v<std::decay_t<decltype(epilogue_of(module).epilogue)>, kernels::MaximaEpilogue>) {
    return cuda_scoring.maxima(*sides, epilogue_of(module).epilogue);
  } else {
    return {};
  }
}

}  // namespace mgan
