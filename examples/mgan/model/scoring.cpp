#include "scoring.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <iterator>
#include <span>

namespace program {

namespace {

/// The first `limit` images of a split (0: all), their captions, and how a model prepares them.
struct SplitParts {
  const Model& model;
  const Samples& samples;
  std::int64_t images;
  std::vector<CaptionIndex> captions = {};
  std::vector<std::int64_t> owner = {};  // of every caption

  SplitParts(const Model& m, const Samples& s, std::int64_t limit)
      : model(m), samples(s), images(static_cast<std::int64_t>(s.size())) {
    if (limit > 0) images = std::min(images, limit);
    for (const CaptionIndex& c : samples.captions()) {
      if (static_cast<std::int64_t>(c.image) >= images) continue;
      captions.push_back(c);
      owner.push_back(static_cast<std::int64_t>(c.image));
    }
  }
  mgan::SplitBlocks blocks(std::int64_t fold) const {
    mgan::SplitBlocks cut;
    cut.fold = fold;
    cut.length = [this](std::int64_t t) { return samples.length(captions[static_cast<std::size_t>(t)]); };
    return cut;
  }
  auto prepare_images() const {
    return [this](const std::vector<std::int64_t>& which) { return model.prepare_images(samples.images(which)); };
  }
  auto prepare_texts() const {
    return [this](const std::vector<std::int64_t>& which) {
      std::vector<CaptionIndex> some;
      for (const std::int64_t t : which) some.push_back(captions[static_cast<std::size_t>(t)]);
      return model.prepare_texts(samples.tokens(some));
    };
  }
};

/// Scores of every granularity, block by block into their place.
struct ScoreWhole {
  const Model& model;
  ScoredSplit& split;

  void operator()(const StateBlock& images, const StateBlock& texts) const {
    const at::Tensor columns = at::tensor(texts.which);
    const Scores block = model.parts(images.state, texts.state);
    for (at::Tensor Scores::*part : {&Scores::region, &Scores::global, &Scores::patch}) {
      if (!(block.*part).defined()) continue;
      at::Tensor& whole = split.scores.*part;  // (I, T)
      if (!whole.defined()) whole = at::empty({split.images, std::ssize(split.owner)}, at::kFloat);
      whole.narrow(0, images.which.front(), std::ssize(images.which))
          .index_copy_(1, columns, (block.*part).to(at::kCPU, at::kFloat));
    }
  }
};

}  // namespace

EncodedSplit encode_split(const Model& model, const Samples& samples, std::int64_t limit, std::int64_t fold) {
  const at::NoGradGuard no_grad;
  const SplitParts parts(model, samples, limit);
  return mgan::encode_split(parts.images, parts.owner, parts.prepare_images(), parts.prepare_texts(),
                            parts.blocks(fold));
}

ScoredSplit score_split(const Model& model, const Samples& samples, std::int64_t limit) {
  const at::NoGradGuard no_grad;
  const SplitParts parts(model, samples, limit);
  ScoredSplit split{{}, parts.owner, parts.images};
  mgan::encode_each_block(parts.images, parts.owner, parts.prepare_images(), parts.prepare_texts(),
                          ScoreWhole{model, split}, parts.blocks(0));
  return split;
}

ScoredSplit score_split(const Model& model, const EncodedSplit& encoded) {
  const at::NoGradGuard no_grad;
  ScoredSplit split{{}, encoded.owner, encoded.images};
  mgan::each_block(encoded, ScoreWhole{model, split});
  return split;
}

mgan::RetrievalMetrics metrics_of(const at::Tensor& scores, const std::vector<std::int64_t>& owner) {
  const at::Tensor s = scores.contiguous();
  return mgan::retrieval_metrics(std::span(s.const_data_ptr<float>(), static_cast<std::size_t>(s.numel())), s.size(0),
                                 s.size(1), owner);
}

}  // namespace program
