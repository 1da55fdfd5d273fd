// The fused sweep on tensors: unit rows of both sides in, S (I, T) out, without a graph.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <cstdint>
#include <vector>

#include "mgan/backend/torch/parallel_for.hpp"
#include "mgan/core/error.hpp"
#include "mgan/kernels/cpu/dense_gradient.hpp"
#include "mgan/kernels/cpu/pair_scores.hpp"
#include "mgan/kernels/cpu/sweep.hpp"
#ifdef MGAN_COMPILED_KERNELS
#include "mgan/kernels/cpu/compiled.hpp"
#endif

namespace mgan {

/// Without a graph, the numbers of a row side by side.
inline at::Tensor dense_rows(const at::Tensor& x) { return x.stride(-1) == 1 ? x.detach() : x.detach().contiguous(); }

/// image (I, K, D) and words (T, L, D), single precision on the CPU, any strides; lengths of T captions.
/// Where `kept` is given and the products of all pairs take no more than kernels::kept_bytes, it is left
/// holding them for a gradient.
template <class Epilogue>
at::Tensor fused_sweep(const at::Tensor& image, const at::Tensor& words, std::vector<std::int64_t> lengths,
                       const Epilogue& epilogue, at::Tensor* kept = nullptr,
                       kernels::Level level = kernels::best_level()) {
  const at::Tensor rows = dense_rows(image), tokens = dense_rows(words);
  const std::int64_t n_images = rows.size(0), K = rows.size(1), D = rows.size(2), T = tokens.size(0);
  require(tokens.size(2) == D, "fused_sweep: image is ", rows.sizes().vec(), ", words are ", tokens.sizes().vec());
  at::Tensor scores = at::empty({n_images, T}, rows.options());  // (I, T)
  const float *image_at = rows.const_data_ptr<float>(), *word_at = tokens.const_data_ptr<float>();
  if (!kept && kernels::few_images(n_images, K)) {
    const auto patch = [=, i = rows.stride(0), k = rows.stride(1)](auto n, auto r) { return image_at + n * i + r * k; };
    const auto word = [=, t = tokens.stride(0), l = tokens.stride(1)](auto n, auto r) {
      return word_at + n * t + r * l;
    };
    const auto images = kernels::pair_images(n_images, K, D, patch, torch_parallel_for{});
    kernels::sweep_pairs(images, kernels::pair_texts(std::move(lengths), D, word, torch_parallel_for{}), epilogue,
                         scores.mutable_data_ptr<float>(), T, torch_parallel_for{}, level);
    return scores;
  }
  const auto images =
      kernels::pack_images(image_at, n_images, K, D, rows.stride(0), rows.stride(1), torch_parallel_for{});
  const auto texts = kernels::pack_texts(word_at, std::move(lengths), D, tokens.stride(0), tokens.stride(1),
                                         kernels::block_words(K), torch_parallel_for{});
  const std::int64_t products = kernels::ProductLayout{K, 0, images.groups()}.size(texts);
  const bool keep = kept && products * static_cast<std::int64_t>(sizeof(float)) <= kernels::kept_bytes;
  if (keep) *kept = at::empty({products}, rows.options());
  kernels::sweep(images, texts, epilogue, scores.mutable_data_ptr<float>(), T, torch_parallel_for{}, level,
                 keep ? kept->mutable_data_ptr<float>() : nullptr);
  return scores;
}

/// Lengths of a mask (T, L) that is true on leading positions; empty where it has holes.
inline std::vector<std::int64_t> lengths_of(const at::Tensor& given) {
  const at::Tensor real = given.contiguous();
  const std::int64_t T = real.size(0), L = real.size(1);
  const bool* words = real.const_data_ptr<bool>();
  std::vector<std::int64_t> lengths;
  for (std::int64_t t = 0; t < T; ++t, words += L) {
    std::int64_t n = 0;
    while (n < L && words[n]) ++n;
    for (std::int64_t l = n; l < L; ++l)
      if (words[l]) return {};
    if (n == 0) return {};
    lengths.push_back(n);
  }
  return lengths;
}

}  // namespace mgan
