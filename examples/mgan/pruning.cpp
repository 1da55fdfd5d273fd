// Pruned evaluation: region and global scores of all pairs, patch scores where their bounds leave a rank open.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <torch/version.h>

#include <chrono>
#include <fstream>
#include <tuple>

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

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

mgan::ScoreBlock<float> block_of(const StateBlock& images, const StateBlock& texts, const at::Tensor& scores) {
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

template <class Epilogue>
PrunedSplit prune(const Model& model, const EncodedSplit& split, const Epilogue& epilogue) {
  const SplitRows rows(split);
  const mgan::PairScorer<Epilogue> scorer(rows.rows(), epilogue, {}, mgan::torch_parallel_for{});
  mgan::PrunedRanks<Epilogue, mgan::torch_parallel_for> pruned(scorer, static_cast<float>(model.matcher.weights.patch),
                                                               split.images, split.owner, mgan::torch_parallel_for{});
  each_block(
      split, [&](const auto& i, const auto& t) { return base_scores(model, i.state, t.state); },
      [&](const auto& base) { pruned.own(base); }, [&](const auto& base) { pruned.add(base); });
  return {{{{"all granularities", pruned.ranks().metrics()}}, split.owner, split.images},
          pruned.counts(),
          scorer.width(),
          rows.images.size(1),
          {}};
}

/// The same ranks from the whole sweep, block by block.
mgan::RetrievalMetrics sweep_ranks(const Model& model, const EncodedSplit& split) {
  mgan::StreamingRanks<float> ranks(split.images, split.owner);
  const auto& m = model.matcher;
  const auto scores_of = [&](const auto& i, const auto& t) {
    const at::Tensor patch = mgan::score_all(m.patch_alignment, i.state.patch, t.state.patch).to(at::kFloat);  // (I, T)
    return at::Tensor(mgan::add(base_scores(model, i.state, t.state), mgan::scale(patch, m.weights.patch)))
        .contiguous();
  };
  each_block(
      split, scores_of, [&](const auto& block) { ranks.own(block); }, [&](const auto& block) { ranks.add(block); });
  return ranks.metrics();
}

/// Seconds of region and global scores alone, of the whole sweep, and pruned: in turn, after one round that warms up.
template <class Prune>
PruningTimes timed(const Model& model, const EncodedSplit& split, std::int64_t rounds, const Prune& pruned) {
  PruningTimes times;
  for (std::int64_t round = 0; round <= rounds; ++round) {
    const double a = seconds_now();
    each_block(
        split, [&](const auto& i, const auto& t) { return base_scores(model, i.state, t.state); }, [](const auto&) {},
        [](const auto&) {});
    const double b = seconds_now();
    const mgan::RetrievalMetrics whole = sweep_ranks(model, split);
    const double c = seconds_now();
    const mgan::RetrievalMetrics some = pruned().split.rows.front().second;
    const double d = seconds_now();
    mgan::require(whole.rsum() == some.rsum() && whole.text_to_image.mean_rank == some.text_to_image.mean_rank &&
                      whole.image_to_text.mean_rank == some.image_to_text.mean_rank,
                  "--prune-rounds: RSum ", some.rsum(), ", that of the whole sweep is ", whole.rsum());
    if (round == 0) continue;
    times.base.push_back(b - a);
    times.sweep.push_back(c - b);
    times.pruned.push_back(d - c);
  }
  return times;
}

}  // namespace

PrunedSplit prune_split(const Model& model, const Samples& samples, std::int64_t limit, std::int64_t rounds) {
  const at::NoGradGuard no_grad;
  const std::string& name = model.config.patch_alignment;
  const EncodedSplit split = encode_split(model, samples, limit);
  const auto with = [&](const auto& epilogue) {
    PrunedSplit result = prune(model, split, epilogue);
    if (rounds > 0) result.times = timed(model, split, rounds, [&] { return prune(model, split, epilogue); });
    return result;
  };
  if (name == "plain") return with(mgan::epilogue_of(mgan::PlainAggregation{}).epilogue);
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
  return with(plan.epilogue);
}

mgan::io::Json to_json(const PrunedSplit& pruned) {
  const auto median = [](std::vector<double> x) {
    std::sort(x.begin(), x.end());
    return x.empty() ? 0 : (x[x.size() / 2] + x[(x.size() - 1) / 2]) / 2;
  };
  std::string device;
  std::ifstream cpu("/proc/cpuinfo");
  for (std::string line; device.empty() && std::getline(cpu, line);)
    if (line.rfind("model name", 0) == 0) device = line.substr(line.find(':') + 2);
  const auto& [counts, times] = std::tie(pruned.counts, pruned.times);
  mgan::io::Json json = {{"device", device},
                         {"instructions", mgan::kernels::name_of(mgan::kernels::best_level())},
                         {"threads", at::get_num_threads()},
                         {"versions", {{"LibTorch", TORCH_VERSION}, {"compiler", __VERSION__}}},
                         {"dims", {{"width", pruned.width}, {"rows", pruned.rows}}},
                         {"images", pruned.split.images},
                         {"captions", pruned.split.owner.size()},
                         {"pairs", counts.pairs},
                         {"fraction_looked", static_cast<double>(counts.looked) / static_cast<double>(counts.pairs)},
                         {"fraction_scored", counts.scored_share()},
                         {"operations_ratio", 1 / counts.flops_share()}};
  if (times.pruned.empty()) return json;
  json["rounds"] = times.pruned.size();
  json["seconds"] = {{"region_and_global", times.base}, {"sweep", times.sweep}, {"pruned", times.pruned}};
  json["median_seconds"] = {
      {"region_and_global", median(times.base)}, {"sweep", median(times.sweep)}, {"pruned", median(times.pruned)}};
  json["wall_ratio"] = median(times.sweep) / median(times.pruned);
  return json;
}

}  // namespace program
