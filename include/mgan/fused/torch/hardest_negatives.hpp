// Patch scores of a batch for a loss on its hardest negatives, most of them never computed.
//
//     S = base + weight * patch        base: region and global scores of all pairs, patch within certified bounds
//
// The own pairs and every pair that can be the hardest negative of its image or caption have their exact score, with a
// gradient; elsewhere stands an upper bound, too low to be the hardest. So TripletRankingLoss of S has the bits that it
// has with all scores, and so have its gradients.
#pragma once

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

#include <span>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/fused/pruned_top_k.hpp"
#include "mgan/fused/torch.hpp"

namespace mgan {

/// Rows of prepared sides, as pruned scoring reads them: image (I, K, D), words (T, L, D), single precision on the CPU.
struct TensorRows {
  at::Tensor image, words;  // (I, K, D); all captions end to end (W, D)
  std::vector<std::int64_t> lengths;

  TensorRows(const at::Tensor& patches, const at::Tensor& tokens, std::vector<std::int64_t> words_of)
      : image(patches.detach().contiguous()), lengths(std::move(words_of)) {
    std::vector<at::Tensor> captions;
    for (std::size_t t = 0; t < lengths.size(); ++t)
      captions.push_back(tokens.detach().select(0, static_cast<std::int64_t>(t)).narrow(0, 0, lengths[t]));  // (n, D)
    words = at::cat(captions, 0).contiguous();
  }
  PairRows rows() const {
    return {image.const_data_ptr<float>(), image.size(0), image.size(1), image.size(2),
            words.const_data_ptr<float>(), lengths};
  }
};

/// The rotation and the levels of the heads for batches like this one; they may serve many steps.
inline HeadPlan head_plan(const at::Tensor& patches, const Masked<at::Tensor>& words, kernels::HeadLevels levels = {}) {
  return head_plan(TensorRows(patches, words.values, lengths_of(words.mask)).rows(), std::move(levels),
                   torch_parallel_for{});
}

struct HardestNegatives {
  double weight = 0.2;  ///< of the patch score, MatcherWeights::patch
  HeadPlan plan = {};   ///< empty: made anew for every batch, which costs more than it saves

  /// Prepared patches (B, K, D) and words (B, L, D), base (B, B); pairs of equal `image_ids` are never negatives of
  /// each other, without ids those of the diagonal are not. -> (B, B). Other precisions, devices and masks with holes
  /// get all scores. A loss that touches a pair whose score is not exact is an error of its backward.
  template <Fusable Module>
  at::Tensor operator()(const Fused<Module>& fused, const at::Tensor& patches, const Masked<at::Tensor>& words,
                        const at::Tensor& base, std::span<const std::int64_t> image_ids = {},
                        PairCounts* counts = nullptr) const {
    const std::int64_t B = patches.size(0);
    require(base.dim() == 2 && base.size(0) == B && base.size(1) == B && words.values.size(0) == B,
            "HardestNegatives: ", B, " images, ", words.values.size(0), " captions and base scores ",
            base.sizes().vec(), ", expected (B, B)");
    require(image_ids.empty() || static_cast<std::int64_t>(image_ids.size()) == B,
            "HardestNegatives: ", image_ids.size(), " image ids for ", B, " images");
    const auto serves = [](const at::Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kFloat; };
    std::vector<std::int64_t> lengths;
    if (serves(patches) && serves(words.values)) lengths = lengths_of(words.mask);
    if (lengths.empty()) {
      if (counts) *counts = {B * B, 0, B * B, 0, 1, 1};
      return score_all(fused, patches, words);
    }
    auto [scores, exact] = bounded(fused.module, patches, words, lengths,
                                   base.detach().to(at::kCPU, at::kFloat).contiguous(), image_ids, counts);
    const auto inputs = fused_inputs(fused.module, patches, words.values);
    if (!wants_graph(inputs)) return scores;
    attach_gradient(fused.module, inputs, words.mask, std::move(lengths), {}, scores);
    scores.register_hook([exact = std::move(exact)](const at::Tensor& dS) {
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
  Bounded bounded(const Module& module, const at::Tensor& patches, const Masked<at::Tensor>& words,
                  const std::vector<std::int64_t>& lengths, const at::Tensor& base,
                  std::span<const std::int64_t> image_ids, PairCounts* counts) const {
    const std::int64_t B = patches.size(0);
    const TensorRows rows(patches, words.values, lengths);
    const auto module_plan = epilogue_of(module);
    using Epilogue = std::remove_cvref_t<decltype(module_plan.epilogue)>;
    const PairScorer<Epilogue> scorer(rows.rows(), module_plan.epilogue, plan, torch_parallel_for{});
    const auto negative = [&](std::int64_t i, std::int64_t t) {
      return image_ids.empty() ? i != t
                               : image_ids[static_cast<std::size_t>(i)] != image_ids[static_cast<std::size_t>(t)];
    };
    PrunedTopK<Epilogue, torch_parallel_for, decltype(negative)> hardest(scorer, static_cast<float>(weight), B, B,
                                                                         /*k=*/1, {}, negative);
    std::vector<std::int64_t> all(static_cast<std::size_t>(B)), diagonal;
    std::iota(all.begin(), all.end(), std::int64_t{0});
    auto block = hardest.add({all, all, base.const_data_ptr<float>(), B});
    for (std::int64_t i = 0; i < B; ++i) diagonal.push_back(i * B + i);
    block.fix(diagonal);
    Bounded result{at::empty({B, B}, patches.options().requires_grad(false)), at::full({B, B}, 0.0f)};
    for (std::int64_t at = 0; at < B * B; ++at) {
      result.scores.mutable_data_ptr<float>()[at] = block.patch(at).upper;
      result.exact.mutable_data_ptr<float>()[at] = block.known(at) ? 1.0f : 0.0f;
    }
    if (counts) *counts = block.counts();
    return result;
  }
};

}  // namespace mgan
