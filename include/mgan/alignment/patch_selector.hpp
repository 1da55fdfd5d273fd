// Which patches are worth comparing with words: chosen once per image, without the text
// (section 2.3.2 of the MGAN paper).
//
//     u = gelu(W_1 LayerNorm(p))        for every patch and for [CLS]
//     s = tanh(w_2 gelu(W_0 [u_patch, u_cls]))
//
// Inference: the K patches of the largest s, indices ascending. Training: perturbed top-K
// (alignment/perturbed_top_k.hpp).
#pragma once

#include "mgan/alignment/perturbed_top_k.hpp"
#include "mgan/core/context.hpp"
#include "mgan/nn/layer_norm.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

template <Tensor T>
struct PatchSelector {
  LayerNorm<T> norm;        // (D)
  Projection<T> project;    // W_1: (D/2, D)
  Projection<T> score_in;   // W_0: (D/2, D), over [patch, CLS]
  Projection<T> score_out;  // w_2: (1, D/2)
  std::int64_t k = 16;
  PerturbedTopK perturbed = {};

  static PatchSelector create(std::int64_t width, std::int64_t k = 16) {
    require(width % 2 == 0, "PatchSelector: the width is ", width, ", expected an even number");
    const std::int64_t half = width / 2;
    return {LayerNorm<T>::create(width), Projection<T>::create(width, half), Projection<T>::create(width, half),
            Projection<T>::create(half, 1), k};
  }

  /// patches (..., M, D), global (..., D) -> scores (..., M) in (-1, 1).
  template <Tensor X, Tensor G>
  auto scores(const X& patches, const G& global) const {
    const std::int64_t D = axis(project.weight, 1);
    check_rows("PatchSelector", "patches", patches, D);
    require(axis(global, 1) == D, "PatchSelector: global is ", shape(global), ", expected (..., ", D, ")");
    check_finite("PatchSelector", "patches", patches);
    check_finite("PatchSelector", "global", global);
    const auto u = gelu(project(norm(patches)));     // (..., M, D/2)
    const auto u_cls = gelu(project(norm(global)));  // (..., D/2)
    // W_0 [u, u_cls] as a sum of both halves: the part of [CLS] is the same for every patch.
    const auto halves = split_columns(score_in.weight, 2);                    // (D/2, D/2) each
    const auto from_patch = linear(u, halves[0]);                             // (..., M, D/2)
    const auto from_cls = linear(u_cls, halves[1]);                           // (..., D/2)
    const auto s = tanh(score_out(gelu(add_to_rows(from_patch, from_cls))));  // (..., M, 1)
    return widen(row(transpose(s), 0));                                       // (..., M)
  }

  /// Indices (..., K) of the hard choice, ascending; of equal scores the lower index wins.
  template <Tensor S>
  auto indices(const S& selection_scores) const {
    const std::int64_t M = axis(selection_scores, 1);
    require(k >= 1 && k <= M, "PatchSelector: k is ", k, ", expected 1..", M);
    return top_k(selection_scores, k);
  }

  /// Inference: the chosen patches (..., K, D).
  template <Tensor X, Tensor G>
  auto operator()(const X& patches, const G& global, Inference = {}) const {
    return gather_rows(patches, indices(scores(patches, global)));  // (..., K, D)
  }

  /// Training: Y P with the perturbed indicator Y (..., K, M) -> (..., K, D).
  template <Tensor X, Tensor G, class Generator, class Updates>
  auto operator()(const X& patches, const G& global, Training<Generator, Updates> training) const {
    const auto y = perturbed(scores(patches, global), k, training.generator);  // (..., K, M)
    return matmul(y, patches);                                                 // (..., K, D)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("norm", self.norm);
    f("project", self.project);
    f("score.0", self.score_in);
    f("score.2", self.score_out);
  }
};

}  // namespace mgan
