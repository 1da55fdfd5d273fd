#include "scoring.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <numeric>
#include <span>

namespace program {

namespace {

constexpr std::size_t images_a_block = 100, texts_a_block = 250;

void append_block(std::vector<at::Tensor>& row, const at::Tensor& block) {
  if (block.defined()) row.push_back(block.to(at::kCPU, at::kFloat));
}
at::Tensor joined(const std::vector<at::Tensor>& blocks, std::int64_t axis) {
  return blocks.empty() ? at::Tensor() : at::cat(blocks, axis);
}

}  // namespace

ScoredSplit score_split(const Model& model, const Samples& samples, std::int64_t limit) {
  const at::NoGradGuard no_grad;
  ScoredSplit split;
  split.images = static_cast<std::int64_t>(samples.size());
  if (limit > 0) split.images = std::min(split.images, limit);

  std::vector<CaptionIndex> captions;
  for (const CaptionIndex& c : samples.captions()) {
    if (static_cast<std::int64_t>(c.image) < split.images) captions.push_back(c);
  }
  for (const CaptionIndex& c : captions) split.owner.push_back(static_cast<std::int64_t>(c.image));

  // Captions of one length are padded together, so that short ones do not pay for long ones.
  std::vector<std::int64_t> order(captions.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return samples.ids(captions[static_cast<std::size_t>(a)]).size() <
           samples.ids(captions[static_cast<std::size_t>(b)]).size();
  });
  std::vector<MatcherState> texts;
  for (std::size_t begin = 0; begin < order.size(); begin += texts_a_block) {
    std::vector<CaptionIndex> some;
    for (std::size_t t = begin; t < std::min(order.size(), begin + texts_a_block); ++t)
      some.push_back(captions[static_cast<std::size_t>(order[t])]);
    texts.push_back(model.prepare_texts(samples.tokens(some)));
  }

  std::vector<at::Tensor> region, global, patch;  // rows of blocks
  for (std::int64_t begin = 0; begin < split.images; begin += static_cast<std::int64_t>(images_a_block)) {
    const std::int64_t end = std::min(split.images, begin + static_cast<std::int64_t>(images_a_block));
    std::vector<std::int64_t> some(static_cast<std::size_t>(end - begin));
    std::iota(some.begin(), some.end(), begin);
    const MatcherState images = model.prepare_images(samples.images(some));
    std::vector<at::Tensor> region_row, global_row, patch_row;
    for (const MatcherState& text : texts) {
      const Scores block = model.parts(images, text);
      append_block(region_row, block.region);
      append_block(global_row, block.global);
      append_block(patch_row, block.patch);
    }
    append_block(region, joined(region_row, 1));
    append_block(global, joined(global_row, 1));
    append_block(patch, joined(patch_row, 1));
  }

  // Back from sorted captions to the order of the data set.
  std::vector<std::int64_t> place(order.size());
  for (std::size_t t = 0; t < order.size(); ++t)
    place[static_cast<std::size_t>(order[t])] = static_cast<std::int64_t>(t);
  const at::Tensor index = at::from_blob(place.data(), {static_cast<std::int64_t>(place.size())}, at::kLong);
  const auto restored = [&](const std::vector<at::Tensor>& rows) {
    return rows.empty() ? at::Tensor() : at::cat(rows, 0).index_select(1, index);
  };
  split.scores = {restored(region), restored(global), restored(patch)};
  return split;
}

mgan::RetrievalMetrics metrics_of(const at::Tensor& scores, const std::vector<std::int64_t>& owner) {
  const at::Tensor s = scores.contiguous();
  return mgan::retrieval_metrics(std::span(s.const_data_ptr<float>(), static_cast<std::size_t>(s.numel())), s.size(0),
                                 s.size(1), owner);
}

std::string table_header(std::size_t name_width) {
  return std::string(name_width, ' ') + "   image -> text                     text -> image\n" +
         std::string(name_width, ' ') + "     R@1   R@5  R@10  med  mean       R@1   R@5  R@10  med  mean     RSum\n";
}

std::string table_row(const std::string& name, const mgan::RetrievalMetrics& m, std::size_t name_width) {
  char row[256];
  const auto& i = m.image_to_text;
  const auto& t = m.text_to_image;
  std::snprintf(row, sizeof row, "%-*s   %5.1f %5.1f %5.1f %4.0f %5.1f     %5.1f %5.1f %5.1f %4.0f %5.1f   %6.1f\n",
                static_cast<int>(name_width), name.c_str(), i.r1, i.r5, i.r10, i.median_rank, i.mean_rank, t.r1, t.r5,
                t.r10, t.median_rank, t.mean_rank, m.rsum());
  return row;
}

mgan::io::Json to_json(const mgan::RetrievalMetrics& m) {
  const auto direction = [](const mgan::Recall& r) {
    return mgan::io::Json{
        {"r1", r.r1}, {"r5", r.r5}, {"r10", r.r10}, {"median_rank", r.median_rank}, {"mean_rank", r.mean_rank}};
  };
  return {
      {"image_to_text", direction(m.image_to_text)}, {"text_to_image", direction(m.text_to_image)}, {"rsum", m.rsum()}};
}

}  // namespace program
