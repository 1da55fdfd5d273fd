#include "explanation.hpp"

#include <ATen/core/grad_mode.h>

#include "data/published.hpp"
#include "mgan/alignment/explain.hpp"
#include "mgan/core/error.hpp"

namespace program::search {

namespace {

std::vector<double> numbers(const at::Tensor& x) {
  const at::Tensor flat = x.to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

/// The state of a batch of one, without its batch axis.
AnyState only(const AnyState& batch) {
  return batch.map([](const at::Tensor& x) { return x.select(0, 0); });
}

void explain_patches(Explanation& out, const Model& model, const ShardStates& shard, std::int64_t row,
                     const Sentence& sentence) {
  const auto& module = model.matcher.patch_alignment;
  if (!module.enabled() || !module->explains() || !shard.kept.defined()) return;
  const AnyState image = shard.packed.numbers.defined()
                             ? AnyState::of(shard.packed[row])
                             : shard.states.patch.map([row](const at::Tensor& x) { return x.select(0, row); });
  const auto e = std::any_cast<mgan::PatchExplanation<at::Tensor, at::Tensor>>(  // (K, L), (K), (L)
      module->explain(image, only(sentence.state.patch)));
  const at::Tensor kept = shard.kept.select(0, row).contiguous();  // (K)
  const std::vector<double> patch_weights = numbers(e.patch_weights), word_weights = numbers(e.word_weights);
  for (std::size_t k = 0; k < patch_weights.size(); ++k)
    out.patches.push_back({kept.const_data_ptr<std::int64_t>()[k], patch_weights[k]});
  for (std::size_t l = 0; l < sentence.words.size(); ++l) {
    const std::vector<double> cosines = numbers(e.cosines.select(1, static_cast<std::int64_t>(l)));  // (K)
    const auto strongest = std::max_element(cosines.begin(), cosines.end());
    out.words.push_back(
        {sentence.words[l], word_weights[l], static_cast<std::size_t>(strongest - cosines.begin()), *strongest});
  }
}

void explain_regions(Explanation& out, const Model& model, const ShardStates& shard, std::int64_t row,
                     const Sentence& sentence) {
  using ViewState = mgan::Views<at::Tensor, at::Tensor>;
  const auto& module = model.matcher.region_alignment;
  if (!module.enabled() || !module->explains()) return;
  const auto& views = shard.states.region.get<ViewState>();
  const std::int64_t regions = shard.region_lengths.contiguous().const_data_ptr<std::int64_t>()[row];
  const ViewState image{views.views.select(0, row),                                     // (N, D)
                        views.assignment_logits.select(0, row).narrow(0, 0, regions)};  // (R, N)
  const auto e = std::any_cast<mgan::RegionExplanation<at::Tensor, at::Tensor, at::Tensor>>(
      module->explain(AnyState::of(image), only(sentence.state.region)));
  const std::vector<double> cosines = numbers(e.similarities);
  out.views = static_cast<std::int64_t>(cosines.size());
  out.view = e.winning_view.item<std::int64_t>();
  out.view_cosine = cosines[static_cast<std::size_t>(out.view)];
  const std::vector<double> weights = numbers(e.view_weights.select(0, out.view));                // (R)
  const std::vector<double> corners = numbers(shard.boxes.select(0, row).narrow(0, 0, regions));  // (R, 4)
  const auto& seen = out.seen;  // the corners are parts of what the encoder saw
  const auto x = [&](double part) { return seen.left + part * (seen.right - seen.left); };
  const auto y = [&](double part) { return seen.top + part * (seen.bottom - seen.top); };
  for (std::size_t r = 0; r < weights.size(); ++r) {
    const double* box = &corners[4 * r];
    out.boxes.push_back({x(box[0]), y(box[1]), x(box[2]), y(box[3]), weights[r]});
  }
}

}  // namespace

Explanation explain(const Index& index, const LoadedModel& loaded, const Sentence& sentence, std::size_t image) {
  const at::NoGradGuard no_grad;
  const Place place = index.place(image);
  const ShardStates& shard = index.shards()[place.shard];
  const Model& model = loaded.model;
  const IndexedImage& entry = index.manifest().images[image];
  Explanation out;
  if (loaded.config.encoders.used()) {
    const int side = static_cast<int>(model.config.image_size);
    out.seen = mgan::encoders::seen_window(entry.width, entry.height, side, loaded.config.encoders.fit);
  }
  out.grid = model.config.image_size / model.config.patch_size;
  explain_patches(out, model, shard, place.row, sentence);
  explain_regions(out, model, shard, place.row, sentence);
  return out;
}

}  // namespace program::search
