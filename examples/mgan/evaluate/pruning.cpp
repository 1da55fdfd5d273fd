// Pruned evaluation: region and global scores of all pairs, patch scores where their bounds leave a rank open.
#include "pruning.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <torch/version.h>

#include <fstream>

#include "mgan/fused/pruned_ranks.hpp"

namespace program {

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

at::Tensor total_scores(const Model& model, const at::Tensor& base, const at::Tensor& patch) {
  return at::Tensor(mgan::add(base, mgan::scale(patch.to(at::kCPU, at::kFloat), model.matcher.weights.patch)))
      .contiguous();
}

namespace {

template <class Module>
PrunedSplit prune(const Model& model, const EncodedSplit& split, const Module& module) {
  const SplitRows rows(split);
  const auto plan = mgan::epilogue_of(module);  // owns what its epilogue points to
  const auto ranks = pruned_ranks(model, split, rows, plan.epilogue);
  return {{{{"all granularities", ranks.metrics}}, split.owner, split.images, ranks.tied},
          ranks.counts,
          rows.width(),
          rows.images.size(1),
          {}};
}

}  // namespace

PrunedSplit prune_split(const Model& model, const Samples& samples, std::int64_t limit, std::int64_t rounds) {
  const at::NoGradGuard no_grad;
  const EncodedSplit split = encode_split(model, samples, limit);
  PrunedSplit result = with_bounds(model, [&](const auto& module) { return prune(model, split, module); });
  if (rounds > 0) result.rounds = time_pruning(model, split, rounds);
  return result;
}

namespace {

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return x.empty() ? 0 : (x[x.size() / 2] + x[(x.size() - 1) / 2]) / 2;
}
mgan::io::Json to_json(const mgan::PairCounts& counts) {
  return {{"fraction_looked", static_cast<double>(counts.looked) / static_cast<double>(counts.pairs)},
          {"fraction_scored", counts.scored_share()},
          {"operations_ratio", 1 / counts.flops_share()}};
}
void add_contest(mgan::io::Json& json, const PruningContest& contest) {
  json["seconds"]["sweep"] = contest.sweep;
  json["seconds"]["pruned"] = contest.pruned;
  json["median_seconds"]["sweep"] = median(contest.sweep);
  json["median_seconds"]["pruned"] = median(contest.pruned);
  json["wall_ratio"] = median(contest.sweep) / median(contest.pruned);
}

}  // namespace

mgan::io::Json to_json(const PrunedSplit& pruned) {
  std::string device;
  std::ifstream cpu("/proc/cpuinfo");
  for (std::string line; device.empty() && std::getline(cpu, line);)
    if (line.rfind("model name", 0) == 0) device = line.substr(line.find(':') + 2);
  mgan::io::Json json = {{"device", device},
                         {"instructions", mgan::kernels::name_of(mgan::kernels::best_target())},
                         {"threads", at::get_num_threads()},
                         {"versions", {{"LibTorch", TORCH_VERSION}, {"compiler", __VERSION__}}},
                         {"dims", {{"width", pruned.width}, {"rows", pruned.rows}}},
                         {"images", pruned.split.images},
                         {"captions", pruned.split.owner.size()},
                         {"pairs", pruned.counts.pairs}};
  json.update(to_json(pruned.counts));
  if (!pruned.rounds) return json;
  json["rounds"] = pruned.rounds->base.size();
  json["seconds"] = {{"region_and_global", pruned.rounds->base}};
  json["median_seconds"] = {{"region_and_global", median(pruned.rounds->base)}};
  add_contest(json, pruned.rounds->ranks);
  for (const auto& [name, contest] : {std::pair{"best_ten", pruned.rounds->best_ten},
                                      std::pair{"hardest_negatives", pruned.rounds->hardest_negatives}}) {
    json[name] = to_json(contest.counts);
    add_contest(json[name], contest);
  }
  return json;
}

}  // namespace program
