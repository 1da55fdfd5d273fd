// The peer: the patch score in plain LibTorch operations, Eq. (6)-(10), on unit vectors.
//
//     standard     C (I, c, K, L), as one writes it
//     innermost    C (c, L, K, I), images along the innermost axis: softmax over long contiguous rows, LibTorch's
//     fastest
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>

#include <limits>
#include <utility>

#include "workload.hpp"

namespace bench {

struct Weights {
  at::Tensor A1, A2, A3, A4;  // y = A p

  Weights cut(std::int64_t L) const {  // the blocks that captions of L words use
    const auto block = [L](const at::Tensor& A) { return A.narrow(0, 0, L).narrow(1, 0, L).contiguous(); };
    return {block(A1), A2, A3, block(A4)};
  }
};

/// Captions of a chunk: words (c, L, D); `padding` (c, L), true behind a caption's end, undefined when all are real.
struct Chunk {
  at::Tensor words, padding;
  Weights weights;   // cut to L
  at::Tensor texts;  // (c), which captions these are
};

inline at::Tensor fill(const at::Tensor& x, const at::Tensor& padding) {
  return padding.defined() ? x.masked_fill(padding, -std::numeric_limits<float>::infinity()) : x;
}

/// patches (I, K, D) -> (I, c)
inline at::Tensor standard(const at::Tensor& patches, const Chunk& chunk, double temperature) {
  const std::int64_t I = patches.size(0), K = patches.size(1), D = patches.size(2);
  const std::int64_t c = chunk.words.size(0), L = chunk.words.size(1);
  const Weights& w = chunk.weights;
  const double t = temperature;
  const at::Tensor C =
      at::matmul(patches.view({I * K, D}), chunk.words.view({c * L, D}).t()).view({I, K, c, L}).permute({0, 2, 1, 3});
  const at::Tensor over_words = chunk.padding.defined() ? chunk.padding.view({1, c, 1, L}) : at::Tensor();
  const at::Tensor last = chunk.padding.defined() ? chunk.padding.view({1, c, L}) : at::Tensor();
  const at::Tensor p = fill(C / t, over_words).softmax(-1);                           // (I, c, K, L)
  const at::Tensor a = fill(at::matmul(p, w.A1.t()) / t, over_words).softmax(-1);     // (I, c, K, L)
  const at::Tensor s = (a * C).sum(-1);                                               // (I, c, K)
  const at::Tensor b = (at::matmul((s / t).softmax(-1), w.A2.t()) / t).softmax(-1);   // (I, c, K)
  const at::Tensor Ct = C.transpose(2, 3);                                            // (I, c, L, K)
  const at::Tensor q = (at::matmul((Ct / t).softmax(-1), w.A3.t()) / t).softmax(-1);  // (I, c, L, K)
  const at::Tensor m = (q * Ct).sum(-1);                                              // (I, c, L)
  const at::Tensor r = fill(at::matmul(fill(m / t, last).softmax(-1), w.A4.t()) / t, last).softmax(-1);
  return ((b * s).sum(-1) + (r * m).sum(-1)) * 0.5;  // (I, c)
}

/// patches (D, K, I) -> (c, I)
inline at::Tensor innermost(const at::Tensor& patches, const Chunk& chunk, double temperature) {
  const std::int64_t D = patches.size(0), K = patches.size(1), I = patches.size(2);
  const std::int64_t c = chunk.words.size(0), L = chunk.words.size(1);
  const Weights& w = chunk.weights;
  const double t = temperature;
  const at::Tensor C = at::matmul(chunk.words.view({c * L, D}), patches.view({D, K * I})).view({c, L, K, I});
  const at::Tensor over_words = chunk.padding.defined() ? chunk.padding.view({c, L, 1, 1}) : at::Tensor();
  const at::Tensor last = chunk.padding.defined() ? chunk.padding.view({c, L, 1}) : at::Tensor();
  const at::Tensor p = fill(C / t, over_words).softmax(1);                                         // (c, L, K, I)
  const at::Tensor y = at::matmul(w.A1, p.view({c, L, K * I})).view({c, L, K, I});                 // (c, L, K, I)
  const at::Tensor s = (fill(y / t, over_words).softmax(1) * C).sum(1);                            // (c, K, I)
  const at::Tensor b = (at::matmul(w.A2, (s / t).softmax(1)) / t).softmax(1);                      // (c, K, I)
  const at::Tensor q = (at::matmul(w.A3, (C / t).softmax(2)) / t).softmax(2);                      // (c, L, K, I)
  const at::Tensor m = (q * C).sum(2);                                                             // (c, L, I)
  const at::Tensor r = fill(at::matmul(w.A4, fill(m / t, last).softmax(1)) / t, last).softmax(1);  // (c, L, I)
  return ((b * s).sum(1) + (r * m).sum(1)) * 0.5;                                                  // (c, I)
}

/// One pair after the other, patches (P, K, D) against words (P, L, D) -> (P): the second pass of the two-pass step.
inline at::Tensor pairwise(const at::Tensor& patches, const at::Tensor& words, const at::Tensor& padding,
                           const Weights& w, double t) {
  const at::Tensor C = at::matmul(patches, words.transpose(1, 2));  // (P, K, L)
  const at::Tensor over_words = padding.defined() ? padding.unsqueeze(1) : padding;
  const at::Tensor a = fill(at::matmul(fill(C / t, over_words).softmax(-1), w.A1.t()) / t, over_words).softmax(-1);
  const at::Tensor s = (a * C).sum(-1);                                              // (P, K)
  const at::Tensor b = (at::matmul((s / t).softmax(-1), w.A2.t()) / t).softmax(-1);  // (P, K)
  const at::Tensor Ct = C.transpose(1, 2);                                           // (P, L, K)
  const at::Tensor q = (at::matmul((Ct / t).softmax(-1), w.A3.t()) / t).softmax(-1);
  const at::Tensor m = (q * Ct).sum(-1);  // (P, L)
  const at::Tensor r = fill(at::matmul(fill(m / t, padding).softmax(-1), w.A4.t()) / t, padding).softmax(-1);
  return ((b * s).sum(-1) + (r * m).sum(-1)) * 0.5;
}

/// Views of a workload's arrays.
inline at::Tensor view(const std::vector<float>& x, at::IntArrayRef shape) {
  return at::from_blob(const_cast<float*>(x.data()), shape, at::TensorOptions().dtype(at::kFloat));
}
inline Weights weights_of(const Workload& w) {
  const std::int64_t L = w.longest, K = w.patches;
  return {view(w.A1, {L, L}), view(w.A2, {K, K}), view(w.A3, {K, K}), view(w.A4, {L, L})};
}
/// The captions of a chunk, padded to `longest` words, 0: to the longest among them.
inline Chunk chunk_of(const Workload& w, const std::vector<std::int64_t>& texts, std::int64_t longest = 0,
                      bool all_real = false) {
  std::int64_t L = longest, shortest = w.longest;
  for (const std::int64_t t : texts) {
    const std::int64_t n = w.lengths[static_cast<std::size_t>(t)];
    if (longest == 0) L = std::max(L, n);
    shortest = std::min(shortest, n);
  }
  const auto count = static_cast<std::int64_t>(texts.size());
  Chunk chunk{at::empty({count, L, w.width}, at::kFloat), {}, weights_of(w).cut(L), at::tensor(texts, at::kLong)};
  const bool masked = shortest < L && !all_real;
  if (masked) chunk.padding = at::ones({count, L}, at::kBool);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t t = texts[static_cast<std::size_t>(i)];
    std::copy_n(w.words.data() + t * w.longest * w.width, L * w.width, chunk.words.data_ptr<float>() + i * L * w.width);
    if (masked) chunk.padding[i].narrow(0, 0, w.lengths[static_cast<std::size_t>(t)]).fill_(false);
  }
  return chunk;
}

}  // namespace bench
