// Where CUDA kernels attach themselves: including "mgan/fused/cuda.hpp" in one translation unit of a program that links
// mgan::cuda fills `cuda_scoring`, and Fused<Module> then serves CUDA tensors everywhere in it.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <type_traits>
#include <vector>

#include "mgan/fused/torch/epilogue_of.hpp"
#include "mgan/fused/torch/sweep.hpp"

namespace mgan {

/// Unit rows of both sides, single precision, and the words of every caption.
struct CudaPairs {
  at::Tensor image, words;            // (I, K, D), (T, L, D)
  std::vector<std::int64_t> lengths;  // (T)
};

/// S (I, T) with a gradient to both sides and to the weights of y = A p.
struct CudaScoring {
  at::Tensor (*interaction)(const CudaPairs& pairs, const std::array<at::Tensor, 4>& A, double temperature) = nullptr;
  at::Tensor (*maxima)(const CudaPairs& pairs, const kernels::MaximaEpilogue& maxima) = nullptr;
};
inline CudaScoring cuda_scoring;

/// S of prepared sides, image (I, 1, K, D), words (1, T, L, D), their mask (1, T, L) or undefined; undefined where
/// the kernels are not linked or do not serve. A mask is read on the host: one synchronisation.
template <class Module>
at::Tensor scored_on_cuda(const Module& module, const at::Tensor& image, const at::Tensor& words,
                          const at::Tensor& real) {
  if (!cuda_scoring.interaction || !image.is_cuda() || words.device() != image.device() || image.dim() != 4 ||
      words.dim() != 4 || image.size(1) != 1 || words.size(0) != 1 || image.size(0) == 0 || words.size(1) == 0 ||
      image.size(3) != words.size(3) || image.scalar_type() != at::kFloat || words.scalar_type() != at::kFloat)
    return {};
  CudaPairs pairs{image.squeeze(1), words.squeeze(0), {}};
  const auto texts = static_cast<std::size_t>(words.size(1));
  if (!real.defined()) pairs.lengths.assign(texts, words.size(2));
  else if (real.dim() == 3 && real.size(0) == 1) pairs.lengths = lengths_of(real.squeeze(0).to(at::kCPU));
  if (pairs.lengths.size() != texts) return {};  // a mask with holes

  if constexpr (std::is_same_v<Module, PatchAlignment<at::Tensor>>) {
    const auto rows = [&](const at::Tensor& A) {
      return module.convention == Convention::column ? A : A.transpose(0, 1);
    };
    return cuda_scoring.interaction(pairs, {rows(module.A1), rows(module.A2), rows(module.A3), rows(module.A4)},
                                    module.temperature);
  } else if constexpr (std::is_same_v<std::decay_t<decltype(epilogue_of(module).epilogue)>, kernels::MaximaEpilogue>) {
    return cuda_scoring.maxima(pairs, epilogue_of(module).epilogue);
  } else {
    return {};
  }
}

}  // namespace mgan
