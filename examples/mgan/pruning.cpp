// Pruned evaluation: region and global scores of all pairs, patch scores where their bounds leave a rank open.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include "mgan/fused/pruned_ranks.hpp"
#include "mgan/fused/torch/epilogue_of.hpp"
#include "mgan/fused/torch/sweep.hpp"
#include "streaming.hpp"

namespace program {

namespace {

/// Patches and words of the whole split in the order of the data set.
struct SplitRows {
  at::Tensor images;  // (I, K, D)
  std::vector<float> words;
  std::vector<std::int64_t> lengths;
  std::int64_t width = 0;

  explicit SplitRows(const EncodedSplit& split) {
    std::vector<at::Tensor> blocks;
    for (const StateBlock& block : split.image_blocks)
      blocks.push_back(std::any_cast<const at::Tensor&>(block.state.patch.value));
    images = at::cat(blocks, 0).to(at::kCPU, at::kFloat).contiguous();
    width = images.size(2);
    std::vector<std::vector<float>> captions(split.owner.size());
    for (const StateBlock& block : split.text_blocks) {
      const auto& text = std::any_cast<const Ragged&>(block.state.patch.value);
      const at::Tensor values = text.values.to(at::kCPU, at::kFloat).contiguous();  // (T, L, D)
      const std::vector<std::int64_t> n = mgan::lengths_of(text.mask);
      for (std::size_t t = 0; t < block.which.size(); ++t) {
        const float* from = values.const_data_ptr<float>() + static_cast<std::int64_t>(t) * values.size(1) * width;
        captions[static_cast<std::size_t>(block.which[t])].assign(from, from + n[t] * width);
      }
    }
    for (const auto& caption : captions) {
      words.insert(words.end(), caption.begin(), caption.end());
      lengths.push_back(static_cast<std::int64_t>(caption.size()) / width);
    }
  }
  mgan::PairRows rows() const {
    return {images.const_data_ptr<float>(), images.size(0), images.size(1), width, words.data(), lengths};
  }
};

/// What the matcher adds up before the patch score, in its order.
at::Tensor base_scores(const Model& model, const MatcherState& images, const MatcherState& texts) {
  const auto& m = model.matcher;
  at::Tensor total;
  const auto add = [&](const auto& module, const AnyState& i, const AnyState& t, double weight) {
    if (!mgan::is_enabled(module)) return;
    const at::Tensor part = mgan::scale(mgan::score_all(module, i, t).to(at::kCPU, at::kFloat), weight);
    total = total.defined() ? at::Tensor(mgan::add(total, part)) : part;
  };
  add(m.region_alignment, images.region, texts.region, m.weights.region);
  add(m.global_alignment, images.global, texts.global, m.weights.global);
  if (!total.defined()) total = at::zeros({images.first_tensor().size(0), texts.first_tensor().size(0)}, at::kFloat);
  return total.contiguous();
}

template <class Epilogue>
PrunedSplit prune(const Model& model, const EncodedSplit& split, const Epilogue& epilogue) {
  const SplitRows rows(split);
  const mgan::PairScorer<Epilogue> scorer(rows.rows(), epilogue, {}, mgan::torch_parallel_for{});
  mgan::PrunedRanks<Epilogue, mgan::torch_parallel_for> pruned(scorer, static_cast<float>(model.matcher.weights.patch),
                                                               split.images, split.owner, mgan::torch_parallel_for{});
  const auto each_block = [&](bool at_home, const auto& f) {
    for (std::size_t t = 0; t < split.text_blocks.size(); ++t)
      for (std::size_t i = 0; i < split.image_blocks.size(); ++i) {
        if (at_home && split.home[t] != i) continue;
        const StateBlock &images = split.image_blocks[i], &texts = split.text_blocks[t];
        const at::Tensor base = base_scores(model, images.state, texts.state);
        f(mgan::ScoreBlock<float>{images.which, texts.which, base.const_data_ptr<float>(), base.size(1)});
      }
  };
  each_block(true, [&](const auto& block) { pruned.own(block); });
  each_block(false, [&](const auto& block) { pruned.add(block); });
  const mgan::PairCounts& counts = pruned.counts();
  return {{{{"all granularities", pruned.ranks().metrics()}}, split.owner, split.images},
          counts.scored_share(),
          counts.flops_share()};
}

}  // namespace

PrunedSplit prune_split(const Model& model, const Samples& samples, std::int64_t limit) {
  const at::NoGradGuard no_grad;
  const std::string& name = model.config.patch_alignment;
  const EncodedSplit split = encode_split(model, samples, limit);
  if (name == "plain") return prune(model, split, mgan::epilogue_of(mgan::PlainAggregation{}).epilogue);
  mgan::require(name == "interaction", "--prune: patch alignment '", name,
                "' has no bounds here; interaction and plain have");
  auto align = mgan::PatchAlignment<at::Tensor>::create(1, 1, model.config.temperature);
  auto patch = model.matcher.patch_alignment;  // shares its weights
  mgan::visit_parameters(patch, [&](const std::string& weight, const at::Tensor& value) {
    mgan::visit_parameters(align, [&](const std::string& own, at::Tensor& target) {
      if (own == weight) target = value;
    });
  });
  const auto plan = mgan::epilogue_of(align);
  return prune(model, split, plan.epilogue);
}

}  // namespace program
