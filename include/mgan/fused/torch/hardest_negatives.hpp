// Patch scores of a batch for a loss on its hardest negatives, most of them never computed.
//
//     S = base + weight * patch        base: region and global scores of all pairs, patch within certified bounds
//
// The own pairs and every pair that can be the hardest negative of its image or caption have their exact score, with a
// gradient; elsewhere stands a bound that makes S too low for the hardest. So TripletRankingLoss of S has the bits that
// it has with all scores, and so have its gradients (margins up to 8: their rounding is counted in).
#pragma once

#include <ATen/ops/full.h>

#include <span>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/fused/pruned_top_k.hpp"
#include "mgan/fused/torch.hpp"

namespace mgan {

/// The rotation and the levels of the heads for batches like this one; they may serve many steps. Heads of a batch are
/// used once, so they are short.
inline HeadPlan head_plan(const at::Tensor& patches, const Masked<at::Tensor>& words,
                          kernels::HeadLevels levels = {16, 32}) {
  const std::optional<Sides> sides = sides_of(patches, words.values, words.mask);
  require(sides.has_value(), "head_plan: patches are ", patches.sizes().vec(), ", words are ",
          words.values.sizes().vec(),
          ", expected (I, K, D) and (T, L, D) in single precision on the CPU, captions of "
          "at least one word, and masks without holes");
  const at::Tensor rows = dense_rows(sides->images), tokens = dense_rows(sides->words);
  return head_plan(view_of(rows), view_of(tokens, sides->lengths), std::move(levels), torch_parallel_for{});
}

struct HardestNegatives {
  double weight = 0.2;  ///< of the patch score, GranularityWeights::patch
  HeadPlan plan = {};   ///< empty: made anew for every batch, which costs more than it saves

  /// Prepared patches (B, K, D) and words (B, L, D), base (B, B); pairs of equal `image_ids` are never negatives
  /// of each other, without ids those of the diagonal are not. -> (B, B). Other precisions, devices and masks with
  /// holes get all scores. A loss that touches a pair whose score is not exact is an error of its backward;
  /// without a graph nobody checks.
  template <Fusable Module>
  at::Tensor operator()(const Fused<Module>& fused, const at::Tensor& patches, const Masked<at::Tensor>& words,
                        const at::Tensor& base, std::span<const std::int64_t> image_ids = {},
                        PairCounts* counts = nullptr) const {
    require(patches.dim() == 3 && words.values.dim() == 3 && patches.size(2) == words.values.size(2) &&
                words.mask.sizes() == words.values.sizes().slice(0, 2),
            "HardestNegatives: patches are ", patches.sizes().vec(), ", words are ", words.values.sizes().vec(),
            ", their mask is ", words.mask.sizes().vec(), ", expected (B, K, D), (B, L, D), (B, L)");
    const std::int64_t B = patches.size(0);
    require(base.dim() == 2 && base.size(0) == B && base.size(1) == B && words.values.size(0) == B,
            "HardestNegatives: ", B, " images, ", words.values.size(0), " captions and base scores ",
            base.sizes().vec(), ", expected (B, B)");
    require(image_ids.empty() || static_cast<std::int64_t>(image_ids.size()) == B,
            "HardestNegatives: ", image_ids.size(), " image ids for ", B, " images");
    std::optional<Sides> sides;
    if (base.is_cpu() && base.scalar_type() == at::kFloat) sides = sides_of(patches, words.values, words.mask);
    if (!sides) {
      const double flops =
          2.0 * static_cast<double>(B * patches.size(1) * patches.size(2)) * words.mask.sum().template item<double>();
      if (counts) *counts = {B * B, 0, B * B, 0, flops, flops};
      return score_all(fused, patches, words);
    }
    auto [scores, exact] = bounded(fused.module, *sides, base.detach().contiguous(), image_ids, counts);
    const auto inputs = fused_inputs(fused.module, *sides);
    if (wants_graph(inputs)) attach_gradient(fused.module, inputs, *sides, {}, scores);
    else if (wants_graph({base})) scores.set_requires_grad(true);  // for the check alone
    else return scores;
    scores.register_hook([exact = std::move(exact)](const at::Tensor& dS) {
      if (!dS.defined()) return;
      require((dS * (1 - exact)).count_nonzero().template item<std::int64_t>() == 0,
              "HardestNegatives: the loss has a gradient to pairs that are no hardest negatives");
    });
    return scores;
  }

 private:
  struct Bounded {
    at::Tensor scores, exact;  // (B, B); exact: 1 or 0
  };
  template <class Module>
  Bounded bounded(const Module& module, const Sides& sides, const at::Tensor& base,
                  std::span<const std::int64_t> image_ids, PairCounts* counts) const {
    const std::int64_t B = sides.n_images();
    const at::Tensor rows = dense_rows(sides.images), tokens = dense_rows(sides.words);
    const auto module_plan = epilogue_of(module);
    using Epilogue = std::remove_cvref_t<decltype(module_plan.epilogue)>;
    const PairScorer<Epilogue> scorer(view_of(rows), view_of(tokens, sides.lengths), module_plan.epilogue, plan,
                                      torch_parallel_for{});
    const auto negative = [&](std::int64_t i, std::int64_t t) {
      return image_ids.empty() ? i != t
                               : image_ids[static_cast<std::size_t>(i)] != image_ids[static_cast<std::size_t>(t)];
    };
    // A hinge rounds scores of nearly the same size to the same number: who could tie with the hardest is exact too.
    const double slack = 0x1p-20 * (8 + base.abs().max().template item<double>() + std::abs(weight) * scorer.largest());
    PrunedTopK<Epilogue, torch_parallel_for, decltype(negative)> hardest(scorer, static_cast<float>(weight), /*k=*/1,
                                                                         {}, negative, static_cast<float>(slack));
    std::vector<std::int64_t> all(static_cast<std::size_t>(B)), own;
    std::iota(all.begin(), all.end(), std::int64_t{0});
    auto block = hardest.add({all, all, base.const_data_ptr<float>(), B});
    for (std::int64_t i = 0; i < B; ++i) own.push_back(i * B + i);
    block.fix(own);
    Bounded result{at::empty({B, B}, rows.options()), at::full({B, B}, 0.0f)};
    float *scores = result.scores.mutable_data_ptr<float>(), *exact = result.exact.mutable_data_ptr<float>();
    for (std::int64_t place = 0; place < B * B; ++place) {
      scores[place] = weight < 0 ? block.patch(place).lower : block.patch(place).upper;
      if (block.known(place)) exact[place] = 1;
    }
    if (counts) *counts = block.counts();
    return result;
  }
};

}  // namespace mgan
