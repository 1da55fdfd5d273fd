// What pruning.cpp and pruning_rounds.cpp share: the rows of a split, base scores, and a pass over all blocks.
#pragma once

#include <ATen/ops/cat.h>

#include "mgan/fused/pruned_ranks.hpp"
#include "mgan/fused/torch.hpp"
#include "streaming.hpp"

namespace program {

/// Patches and words of the whole split in the order of the data set.
struct SplitRows {
  at::Tensor images;  // (I, K, D)
  std::vector<float> words;
  mgan::List<std::int64_t> lengths;

  explicit SplitRows(const EncodedSplit& split) {
    std::vector<at::Tensor> blocks;
    for (const StateBlock& block : split.image_blocks) blocks.push_back(block.state.patch.get<at::Tensor>());
    images = at::cat(blocks, 0).to(at::kCPU, at::kFloat).contiguous();
    std::vector<std::vector<float>> captions(split.owner.size());
    for (const StateBlock& block : split.text_blocks) {
      const auto& text = block.state.patch.get<Ragged>();
      const at::Tensor values = text.values.to(at::kCPU, at::kFloat).contiguous();  // (T, L, D)
      const mgan::kernels::WordRows rows = mgan::view_of(values, mgan::lengths_of(text.mask));
      for (std::int64_t t = 0; t < rows.texts(); ++t)
        captions[static_cast<std::size_t>(block.which[static_cast<std::size_t>(t)])].assign(
            rows.at(t, 0), rows.at(t, 0) + rows.lengths[t] * width());
    }
    for (const auto& caption : captions) {
      words.insert(words.end(), caption.begin(), caption.end());
      lengths.push_back(static_cast<std::int64_t>(caption.size()) / width());
    }
  }
  std::int64_t width() const { return images.size(2); }
  mgan::kernels::ImageRows image_rows() const { return mgan::view_of(images); }
  mgan::kernels::WordRows word_rows() const { return mgan::kernels::joined_words(words.data(), lengths, width()); }
};

/// What the matcher adds up before the patch score, in its order: (I, T).
at::Tensor base_scores(const Model& model, const MatcherState& images, const MatcherState& texts);
/// With the patch score: (I, T).
at::Tensor total_scores(const Model& model, const at::Tensor& base, const at::Tensor& patch);

inline mgan::ScoreBlock<float> block_of(const StateBlock& images, const StateBlock& texts, const at::Tensor& scores) {
  return {images.which, texts.which, scores.const_data_ptr<float>(), scores.size(1)};
}

/// scores_of(images, texts) of every block, once: those that hold own pairs to `own`, then all of them to `add`. Kept
/// meanwhile is one block of images for every caption.
template <class Scores, class Own, class Add>
void each_block(const EncodedSplit& split, const Scores& scores_of, const Own& own, const Add& add) {
  std::vector<at::Tensor> home;  // of a block of texts
  for (std::size_t t = 0; t < split.text_blocks.size(); ++t) {
    const StateBlock &images = split.image_blocks[split.home[t]], &texts = split.text_blocks[t];
    home.push_back(scores_of(images, texts));
    own(block_of(images, texts, home.back()));
  }
  for (std::size_t t = 0; t < split.text_blocks.size(); ++t)
    for (std::size_t i = 0; i < split.image_blocks.size(); ++i) {
      const StateBlock &images = split.image_blocks[i], &texts = split.text_blocks[t];
      add(block_of(images, texts, i == split.home[t] ? home[t] : scores_of(images, texts)));
    }
}

/// f(module) with the patch alignment that has bounds: interaction or plain.
template <class F>
auto with_bounds(const Model& model, const F& f) {
  const std::string& name = model.config.patch_alignment;
  if (name == "plain") return f(mgan::PlainAggregation{});
  mgan::require(name == "interaction", "--prune: patch alignment '", name,
                "' has no bounds here; interaction and plain have");
  auto align = mgan::PatchAlignment<at::Tensor>::create(1, 1, model.config.temperature);
  auto patch = model.matcher.patch_alignment;  // shares its weights
  mgan::visit_parameters(patch, [&](const std::string& weight, const at::Tensor& value) {
    mgan::visit_parameters(align, [&](const std::string& own, at::Tensor& target) {
      if (own == weight) target = value;
    });
  });
  return f(align);
}

/// Ranks of the whole split, pruned.
struct PrunedMetrics {
  mgan::RetrievalMetrics metrics;
  mgan::PairCounts counts;
  TiedFigures tied;
};
template <class Epilogue>
PrunedMetrics pruned_ranks(const Model& model, const EncodedSplit& split, const SplitRows& rows,
                           const Epilogue& epilogue) {
  const mgan::PairScorer<Epilogue> scorer(rows.image_rows(), rows.word_rows(), epilogue, {},
                                          mgan::torch_parallel_for{});
  mgan::PrunedRanks<Epilogue, mgan::torch_parallel_for> pruned(scorer, static_cast<float>(model.matcher.weights.patch),
                                                               split.images, split.owner, {});
  each_block(
      split, [&](const auto& i, const auto& t) { return base_scores(model, i.state, t.state); },
      [&](const auto& base) { pruned.own(base); }, [&](const auto& base) { pruned.add(base); });
  const mgan::StreamingRanks<float>& ranks = pruned.ranks();
  return {ranks.metrics(), pruned.counts(), tied_of({{ranks.image_to_text(), ranks.text_to_image()}})};
}

/// Every job of PruningRounds in turn, `rounds` times after one that warms up. An answer that is not brute force's is
/// an error.
PruningRounds time_pruning(const Model& model, const EncodedSplit& split, std::int64_t rounds);

}  // namespace program
