#include "rescored.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include <algorithm>

#include "mgan/fused/torch/low_precision.hpp"
#include "post_hoc.hpp"

namespace program {

namespace {

constexpr std::int64_t places = 10;  // of R@10

using mgan::kernels::Pair;

/// The pairs of the captions of one block, numbered as in the block, and where their scores go.
struct BlockPairs {
  std::vector<Pair> pairs;
  std::vector<Pair> whole;  // the same pairs, numbered as in S
};
BlockPairs of_texts(const std::vector<Pair>& list, const std::vector<std::int64_t>& texts) {
  BlockPairs some;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const auto text = static_cast<std::int32_t>(texts[t]);
    const auto before = [](const Pair& a, std::int32_t b) { return a.text < b; };
    for (auto p = std::lower_bound(list.begin(), list.end(), text, before); p != list.end() && p->text == text; ++p) {
      some.pairs.push_back({p->image, static_cast<std::int32_t>(t)});
      some.whole.push_back(*p);
    }
  }
  return some;
}

}  // namespace

RescoredSplit rescored_split(const Model& model, const Samples& samples, std::int64_t limit, std::int64_t top) {
  const at::NoGradGuard no_grad;
  const EncodedSplit encoded = encode_split(model, samples, limit);
  RescoredSplit result{score_split(model, encoded), 0, {}};
  Scores& scores = result.split.scores;
  const auto& patches = model.matcher.patch_alignment;
  if (!patches.enabled() || !patches->rescores()) return result;

  std::vector<at::Tensor> rows;
  for (const StateBlock& images : encoded.image_blocks) rows.push_back(images.state.patch.first_tensor());
  const Rescore rescore = patches->rescored_with(at::cat(rows, 0));  // (I, K, D)
  const std::int64_t I = encoded.images, T = scores.patch.size(1);
  double error = 0;
  const auto rescore_all = [&](const std::vector<Pair>& list) {
    float* patch = scores.patch.mutable_data_ptr<float>();
    for (const StateBlock& texts : encoded.text_blocks) {
      const BlockPairs some = of_texts(list, texts.which);
      const mgan::Rescored exact = rescore(texts.state.patch, some.pairs);
      if (!exact.scores.defined()) continue;
      error = std::max(error, exact.error);
      mgan::kernels::place(some.whole, exact.scores.const_data_ptr<float>(), patch, T);
    }
  };
  std::vector<at::Tensor> sums;
  const auto matrices = [&] {
    sums = {model.combine(scores).contiguous()};
    for (const PostHocScores& row : post_hoc_scores(scores, model.config)) sums.push_back(row.scores.contiguous());
    std::vector<const float*> pointers;
    for (const at::Tensor& sum : sums) pointers.push_back(sum.const_data_ptr<float>());
    return pointers;
  };
  const auto list =
      mgan::kernels::rescore_first(I, T, T, places, top, matrices, rescore_all, mgan::torch_parallel_for{});
  result.pairs = static_cast<std::int64_t>(list.size());

  // The sum of three granularities is rounded as well, in fp32 as in low precision.
  const at::Tensor sum = model.combine(scores).contiguous();
  error = std::abs(model.config.patch_weight) * error + 1e-6 * sum.abs().max().item<double>();
  result.certain = mgan::kernels::certain_queries(sum.const_data_ptr<float>(), I, T, T, list, places, error);
  return result;
}

}  // namespace program
