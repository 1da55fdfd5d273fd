#include "scoring.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <numeric>
#include <span>

namespace program {

EncodedSplit encode_split(const Model& model, const Samples& samples, std::int64_t limit, std::int64_t fold) {
  constexpr std::int64_t images_a_block = 100;
  constexpr std::size_t texts_a_block = 250;
  const at::NoGradGuard no_grad;
  EncodedSplit split;
  split.images = static_cast<std::int64_t>(samples.size());
  if (limit > 0) split.images = std::min(split.images, limit);

  std::vector<CaptionIndex> captions;
  std::vector<std::vector<std::int64_t>> of_image(static_cast<std::size_t>(split.images));
  for (const CaptionIndex& c : samples.captions()) {
    if (static_cast<std::int64_t>(c.image) >= split.images) continue;
    of_image[c.image].push_back(static_cast<std::int64_t>(captions.size()));
    captions.push_back(c);
    split.owner.push_back(static_cast<std::int64_t>(c.image));
  }
  const auto length = [&](std::int64_t t) { return samples.length(captions[static_cast<std::size_t>(t)]); };

  for (std::int64_t begin = 0, end; begin < split.images; begin = end) {
    end = std::min(split.images, begin + images_a_block);
    if (fold > 0) end = std::min(end, (begin / fold + 1) * fold);
    std::vector<std::int64_t> images(static_cast<std::size_t>(end - begin)), texts;
    std::iota(images.begin(), images.end(), begin);
    for (const std::int64_t i : images) {
      const auto& own = of_image[static_cast<std::size_t>(i)];
      texts.insert(texts.end(), own.begin(), own.end());
    }
    // Captions of one length are padded together, so that short ones do not pay for long ones.
    std::stable_sort(texts.begin(), texts.end(), [&](std::int64_t a, std::int64_t b) { return length(a) < length(b); });
    for (std::size_t first = 0; first < texts.size(); first += texts_a_block) {
      const auto last = std::min(texts.size(), first + texts_a_block);
      StateBlock block{
          {texts.begin() + static_cast<std::ptrdiff_t>(first), texts.begin() + static_cast<std::ptrdiff_t>(last)}, {}};
      std::vector<CaptionIndex> some;
      for (const std::int64_t t : block.which) some.push_back(captions[static_cast<std::size_t>(t)]);
      block.state = model.prepare_texts(samples.tokens(some));
      split.text_blocks.push_back(std::move(block));
      split.home.push_back(split.image_blocks.size());
    }
    MatcherState state = model.prepare_images(samples.images(images));
    split.image_blocks.push_back({std::move(images), std::move(state)});
  }
  return split;
}

ScoredSplit score_split(const Model& model, const Samples& samples, std::int64_t limit) {
  return score_split(model, encode_split(model, samples, limit));
}

ScoredSplit score_split(const Model& model, const EncodedSplit& encoded) {
  const at::NoGradGuard no_grad;
  ScoredSplit split{{}, encoded.owner, encoded.images};
  const std::vector<std::int64_t> size{encoded.images, static_cast<std::int64_t>(encoded.owner.size())};
  for (const StateBlock& texts : encoded.text_blocks) {
    const at::Tensor columns = at::tensor(texts.which);
    for (const StateBlock& images : encoded.image_blocks) {
      const Scores block = model.parts(images.state, texts.state);
      for (at::Tensor Scores::*part : {&Scores::region, &Scores::global, &Scores::patch}) {
        if (!(block.*part).defined()) continue;
        at::Tensor& whole = split.scores.*part;  // (I, T)
        if (!whole.defined()) whole = at::empty(size, at::kFloat);
        whole.narrow(0, images.which.front(), static_cast<std::int64_t>(images.which.size()))
            .index_copy_(1, columns, (block.*part).to(at::kCPU, at::kFloat));
      }
    }
  }
  return split;
}

mgan::RetrievalMetrics metrics_of(const at::Tensor& scores, const std::vector<std::int64_t>& owner) {
  const at::Tensor s = scores.contiguous();
  return mgan::retrieval_metrics(std::span(s.const_data_ptr<float>(), static_cast<std::size_t>(s.numel())), s.size(0),
                                 s.size(1), owner);
}

}  // namespace program
