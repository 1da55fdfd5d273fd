// Any module with an epilogue, scored by the fused sweep: one template argument of the matcher.
//
//     using Matcher = MultiGranularityMatcher<at::Tensor, Fused<PatchAlignment<at::Tensor>>>;
//
// Weights, names, errors and prepared sides are the module's own; a checkpoint of one is a checkpoint of the other.
// The sweep serves batches of all pairs in single precision on the CPU, captions with leading masks; everything
// else (one pair, double, a mask with holes) goes to the module's functor, and so does CUDA unless
// "mgan/fused/cuda.hpp" is there.
#pragma once

#include <ATen/ops/ones.h>

#include <utility>

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
    if (at::Tensor S = scored_on_cuda(module, image, words.values, words.mask); S.defined()) return S;
    if (!serves(image, words.values) || words.mask.dim() != 3) return mgan::score(module, image, words);
    const at::Tensor rows = image.squeeze(1), tokens = words.values.squeeze(0), real = words.mask.squeeze(0);
    std::vector<std::int64_t> lengths = lengths_of(real);
    if (static_cast<std::int64_t>(lengths.size()) != tokens.size(0)) return mgan::score(module, image, words);
    return swept(rows, tokens, real, std::move(lengths));
  }
  /// Captions of one length, without a mask.
  at::Tensor score(const at::Tensor& image, const at::Tensor& words) const {
    if (at::Tensor S = scored_on_cuda(module, image, words, {}); S.defined()) return S;
    if (!serves(image, words)) return mgan::score(module, image, words);
    const at::Tensor rows = image.squeeze(1), tokens = words.squeeze(0);
    const at::Tensor real = at::ones({tokens.size(0), tokens.size(1)}, tokens.options().dtype(at::kBool));
    return swept(rows, tokens, real,
                 std::vector<std::int64_t>(static_cast<std::size_t>(tokens.size(0)), tokens.size(1)));
  }
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
  static bool serves(const at::Tensor& image, const at::Tensor& words) {
    return image.dim() == 4 && words.dim() == 4 && image.size(1) == 1 && words.size(0) == 1 && image.size(0) > 0 &&
           words.size(1) > 0 && image.size(3) == words.size(3) && image.is_cpu() && words.is_cpu() &&
           image.scalar_type() == at::kFloat && words.scalar_type() == at::kFloat;
  }
  at::Tensor swept(const at::Tensor& rows, const at::Tensor& tokens, const at::Tensor& real,
                   std::vector<std::int64_t> lengths) const {
    return fused_scores(module, rows, tokens, real, std::move(lengths));
  }
};

using FusedPatchAlignment = Fused<PatchAlignment<at::Tensor>>;
using FusedPlainAggregation = Fused<PlainAggregation>;

}  // namespace mgan
