#include "rescored.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include "mgan/fused/torch/low_precision.hpp"
#include "post_hoc.hpp"

namespace program {

namespace {

constexpr std::int64_t places = 10;  // of R@10

using mgan::kernels::PairList;

/// The pairs of some captions.
PairList of_texts(const PairList& list, const std::vector<std::int64_t>& texts) {
  PairList some;
  for (const std::int64_t t : texts) {
    const auto at = static_cast<std::size_t>(t);
    some.images.insert(some.images.end(), list.images.begin() + list.first[at],
                       list.images.begin() + list.first[at + 1]);
    some.first.push_back(some.pairs());
  }
  return some;
}

}  // namespace

RescoredSplit rescored_split(const Model& model, const Samples& samples, std::int64_t limit, std::int64_t top) {
  const at::NoGradGuard no_grad;
  const EncodedSplit encoded = encode_split(model, samples, limit);
  RescoredSplit result{score_split(model, encoded), 0, {}};
  Scores& scores = result.split.scores;
  const auto& rescore = model.matcher.patch_alignment.rescore;
  if (!rescore) return result;

  const std::int64_t I = encoded.images, T = scores.patch.size(1);
  std::vector<at::Tensor> matrices{model.combine(scores).contiguous()};
  for (const PostHocScores& row : post_hoc_scores(scores, model.config)) matrices.push_back(row.scores.contiguous());
  std::vector<const float*> pointers;
  for (const at::Tensor& matrix : matrices) pointers.push_back(matrix.const_data_ptr<float>());
  const PairList list = mgan::kernels::candidates(pointers, I, T, T, top);
  result.pairs = list.pairs();

  std::vector<at::Tensor> rows;
  for (const StateBlock& images : encoded.image_blocks) rows.push_back(images.state.patch.first_tensor());
  const at::Tensor all_rows = at::cat(rows, 0);  // (I, K, D)
  double error = 0;
  float* patch = scores.patch.mutable_data_ptr<float>();
  for (const StateBlock& texts : encoded.text_blocks) {
    const PairList some = of_texts(list, texts.which);
    const mgan::Rescored exact = rescore(all_rows, texts.state.patch, some);
    if (!exact.scores.defined()) continue;
    error = std::max(error, exact.error);
    const float* score = exact.scores.const_data_ptr<float>();
    for (std::size_t t = 0; t < texts.which.size(); ++t)
      for (auto p = some.first[t]; p < some.first[t + 1]; ++p)
        patch[some.images[static_cast<std::size_t>(p)] * T + texts.which[t]] = score[p];
  }
  // The sum of three granularities is rounded as well, in fp32 as in low precision.
  const at::Tensor sum = model.combine(scores).contiguous();
  error = std::abs(model.config.patch_weight) * error + 1e-6 * sum.abs().max().item<double>();
  result.certain = mgan::kernels::certain_queries(sum.const_data_ptr<float>(), I, T, T, list, places, error);
  return result;
}

}  // namespace program
