#include "scoring.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <span>

namespace program {

EncodedSplit encode_split(const Model& model, const Samples& samples, std::int64_t limit, std::int64_t fold) {
  const at::NoGradGuard no_grad;
  auto images = static_cast<std::int64_t>(samples.size());
  if (limit > 0) images = std::min(images, limit);
  std::vector<CaptionIndex> captions;
  std::vector<std::int64_t> owner;
  for (const CaptionIndex& c : samples.captions()) {
    if (static_cast<std::int64_t>(c.image) >= images) continue;
    captions.push_back(c);
    owner.push_back(static_cast<std::int64_t>(c.image));
  }
  const auto caption = [&](std::int64_t t) { return captions[static_cast<std::size_t>(t)]; };
  mgan::SplitBlocks blocks;
  blocks.fold = fold;
  blocks.length = [&](std::int64_t t) { return samples.length(caption(t)); };
  return mgan::encode_split(
      images, std::move(owner),
      [&](const std::vector<std::int64_t>& which) { return model.prepare_images(samples.images(which)); },
      [&](const std::vector<std::int64_t>& which) {
        std::vector<CaptionIndex> some;
        for (const std::int64_t t : which) some.push_back(caption(t));
        return model.prepare_texts(samples.tokens(some));
      },
      blocks);
}

ScoredSplit score_split(const Model& model, const Samples& samples, std::int64_t limit) {
  return score_split(model, encode_split(model, samples, limit));
}

ScoredSplit score_split(const Model& model, const EncodedSplit& encoded) {
  const at::NoGradGuard no_grad;
  ScoredSplit split{{}, encoded.owner, encoded.images};
  const std::vector<std::int64_t> size{encoded.images, static_cast<std::int64_t>(encoded.owner.size())};
  mgan::each_block(encoded, [&](const StateBlock& images, const StateBlock& texts) {
    const at::Tensor columns = at::tensor(texts.which);
    const Scores block = model.parts(images.state, texts.state);
    for (at::Tensor Scores::*part : {&Scores::region, &Scores::global, &Scores::patch}) {
      if (!(block.*part).defined()) continue;
      at::Tensor& whole = split.scores.*part;  // (I, T)
      if (!whole.defined()) whole = at::empty(size, at::kFloat);
      whole.narrow(0, images.which.front(), static_cast<std::int64_t>(images.which.size()))
          .index_copy_(1, columns, (block.*part).to(at::kCPU, at::kFloat));
    }
  });
  return split;
}

mgan::RetrievalMetrics metrics_of(const at::Tensor& scores, const std::vector<std::int64_t>& owner) {
  const at::Tensor s = scores.contiguous();
  return mgan::retrieval_metrics(std::span(s.const_data_ptr<float>(), static_cast<std::size_t>(s.numel())), s.size(0),
                                 s.size(1), owner);
}

}  // namespace program
