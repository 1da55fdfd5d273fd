// Any module with an epilogue, scored by the fused sweep: one template argument of the matcher.
//
//     using Matcher = MultiGranularityMatcher<at::Tensor, Fused<PatchAlignment<at::Tensor>>>;
//
// Weights, names, errors and prepared sides are the module's own; a checkpoint of one is a checkpoint of the other.
// The sweep serves batches of all pairs in single precision on the CPU, captions with leading masks; everything
// else (one pair, double, a mask with holes) goes to the module's functor, and so does CUDA unless
// "mgan/fused/cuda.hpp" is there.
#pragma once

#include "mgan/alignment/contract.hpp"
#include "mgan/fused/torch/cuda_hook.hpp"
#include "mgan/fused/torch/gradient.hpp"

namespace mgan {

template <Fusable Module>
struct Fused {
  Module module = {};

  template <Tokens X>
  auto prepare_image(const X& image) const {
    return mgan::prepare_image(module, image);
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return mgan::prepare_text(module, words);
  }

  /// Prepared sides as the all-pairs driver spreads them: image (I, 1, K, D), words (1, T, L, D) -> (I, T).
  at::Tensor score(const at::Tensor& image, const Masked<at::Tensor>& words) const {
    return scored(image, words.values, words.mask, words);
  }
  /// Captions of one length, without a mask.
  at::Tensor score(const at::Tensor& image, const at::Tensor& words) const { return scored(image, words, {}, words); }
  /// What the sweep does not serve, a padded image side for one.
  template <class X, class Y>
  auto score(const X& image, const Y& words) const {
    return mgan::score(module, image, words);
  }

  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    if constexpr (HasParameters<Module>) Module::visit(self.module, f);
  }

 private:
  template <class Words>
  at::Tensor scored(const at::Tensor& image, const at::Tensor& tokens, const at::Tensor& real,
                    const Words& words) const {
    if (at::Tensor S = scored_on_cuda(module, image, tokens, real); S.defined()) return S;
    if (const auto sides = spread_sides_of(image, tokens, real)) return fused_scores(module, *sides);
    return mgan::score(module, image, words);
  }
};

using FusedPatchAlignment = Fused<PatchAlignment<at::Tensor>>;
using FusedPlainAggregation = Fused<PlainAggregation>;

}  // namespace mgan
