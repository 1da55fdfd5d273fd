#include "result.hpp"

#include <algorithm>
#include <cmath>

#include "evaluate/published.hpp"
#include "evaluate/significance.hpp"
#include "mgan/metrics/folds.hpp"
#include "model/scoring.hpp"

namespace program {

using mgan::io::Json;

namespace {

/// Of a sample, with n - 1; 0 for one number.
double deviation_of(const std::vector<double>& x) {
  return standard_error(x) * std::sqrt(static_cast<double>(x.size()));
}

/// f(run) of every run.
template <class F>
std::vector<double> over_seeds(const VariantResult& variant, const F& f) {
  std::vector<double> all;
  for (const RunResult& run : variant.runs) all.push_back(f(run));
  return all;
}

/// Mean contributions over seeds (I).
std::vector<double> contributions_of(const VariantResult& variant) {
  std::vector<double> mean(variant.runs[0].contributions.size(), 0);
  for (const RunResult& run : variant.runs)
    for (std::size_t i = 0; i < mean.size(); ++i)
      mean[i] += run.contributions[i] / static_cast<double>(variant.runs.size());
  return mean;
}

Json pairs_json(const std::vector<PairOfRuns>& pairs) {
  Json list = Json::array();
  for (const PairOfRuns& pair : pairs)
    list.push_back({{"run", pair.first},
                    {"less", pair.second},
                    {"rsum_difference", pair.difference},
                    {"interval", {pair.low, pair.high}}});
  return list;
}

}  // namespace

void StudyResult::summarize() {
  const auto rsum = [](const RunResult& run) { return run.metrics.rsum(); };
  std::vector<std::vector<double>> contributions;
  for (VariantResult& v : variants) {
    std::vector<mgan::RetrievalMetrics> all;
    for (const RunResult& run : v.runs) all.push_back(run.metrics);
    v.mean = all.size() == 1 ? all[0] : mgan::mean_of_folds(all);
    v.deviation = deviation_of(over_seeds(v, rsum));
    contributions.push_back(contributions_of(v));
  }
  const auto winner = static_cast<std::size_t>(&best() - variants.data());
  for (std::size_t i = 0; i < variants.size(); ++i) {
    VariantResult& v = variants[i];
    v.error = standard_error(contributions[i]);
    v.difference = v.mean.rsum() - variants[0].mean.rsum();
    v.difference_error = standard_error(contributions[i], contributions[0]);
    std::vector<double> by_seed = over_seeds(v, rsum);
    for (std::size_t s = 0; s < by_seed.size(); ++s) by_seed[s] -= variants[0].runs[s].metrics.rsum();
    v.difference_deviation = deviation_of(by_seed);
    v.gap_to_best = variants[winner].mean.rsum() - v.mean.rsum();
    v.gap_to_best_error = standard_error(contributions[i], contributions[winner]);
  }
  resample();
}

void StudyResult::resample() {
  std::vector<std::vector<double>> contributions;
  std::vector<std::string> names;
  std::vector<double> rsums;
  for (const VariantResult& v : variants) {
    for (const RunResult& run : v.runs) {
      contributions.push_back(run.contributions);
      names.push_back(name_of(v, run));
      rsums.push_back(run.metrics.rsum());
    }
  }
  const std::vector<std::vector<double>> means = bootstrap_means(contributions);  // (runs, samples)
  pairs.clear();
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const auto [low, high] = middle(means[a], means[b]);
      pairs.push_back({names[a], names[b], rsums[a] - rsums[b], low, high});
    }
  }
  // Of a model, the mean over its seeds.
  const std::size_t seeds = variants[0].runs.size();
  const auto mean_of = [&](std::size_t variant) {
    std::vector<double> sum(means[0].size(), 0);
    for (std::size_t s = 0; s < seeds; ++s)
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += means[variant * seeds + s][i] / static_cast<double>(seeds);
    return sum;
  };
  const std::vector<double> first = mean_of(0);
  for (std::size_t v = 0; v < variants.size(); ++v) variants[v].interval = middle(mean_of(v), first);
}

std::string StudyResult::name_of(const VariantResult& variant, const RunResult& run) const {
  const std::string seed = "seed " + std::to_string(run.seed);
  if (study.seeds.size() == 1) return variant.variant.name;
  return variants.size() == 1 ? seed : variant.variant.name + ", " + seed;
}

const VariantResult& StudyResult::best() const {
  return *std::max_element(variants.begin(), variants.end(), [](const VariantResult& a, const VariantResult& b) {
    return a.mean.rsum() < b.mean.rsum();
  });
}

double StudyResult::noise() const {
  double largest = 0;
  for (const VariantResult& v : variants) largest = std::max({largest, v.difference_error, v.gap_to_best_error});
  if (variants.size() == 1)
    for (const PairOfRuns& pair : pairs) largest = std::max(largest, (pair.high - pair.low) / 4);
  return std::ceil(2 * largest);
}

std::string StudyResult::verdict() const {
  if (variants.size() == 1 && study.seeds.size() > 1) {
    char text[200];
    std::snprintf(text, sizeof text, "RSum %.1f of 600, mean of %zu runs on these %s, deviation %.1f (chance %.1f).",
                  variants[0].mean.rsum(), variants[0].runs.size(), noun(), variants[0].deviation, chance);
    return text;
  }
  std::string near;
  for (const VariantResult& v : variants) {
    if (&v != &best() && v.gap_to_best <= 2 * v.gap_to_best_error) near += (near.empty() ? "" : ", ") + v.variant.name;
  }
  char text[400];
  std::snprintf(text, sizeof text, "Best on these %s: %s, RSum %.1f of 600 (chance %.1f).", noun(),
                best().variant.name.c_str(), best().mean.rsum(), chance);
  return text + (near.empty() ? std::string(" All others are more than two standard errors below.")
                              : " Within two standard errors of it: " + near + ".");
}

Json StudyResult::json() const {
  const std::string split = word_of(study.split);
  Json config = variants[0].variant.config;
  config.erase("vocabulary");
  Json models = Json::array(), runs = Json::array();
  for (const VariantResult& v : variants) {
    const auto [low, high] = v.interval;
    Json model = {{"name", v.variant.name},
                  {"granularities", v.variant.what},
                  {"mean", to_json(v.mean)},
                  {"rsum_standard_error", v.error},
                  {"rsum_deviation_over_seeds", v.deviation},
                  {"rsum_from_full", v.difference},
                  {"rsum_from_full_standard_error", v.difference_error},
                  {"rsum_from_full_interval", {low, high}},
                  {"rsum_from_full_deviation_over_seeds", v.difference_deviation}};
    if (const PublishedRow* row = published_ablation(v.variant.folder); study.beside_paper && row != nullptr)
      model["paper"] = row->r;
    models.push_back(model);
    for (std::size_t s = 0; s < v.runs.size(); ++s) {
      const RunResult &r = v.runs[s], &full = variants[0].runs[s];
      const auto best = r.curves.best();
      runs.push_back({{"name", v.variant.name},
                      {"granularities", v.variant.what},
                      {"folder", r.folder.string()},
                      {"seed", r.seed},
                      {"parameters", r.parameters},
                      {"seconds", r.seconds},
                      {"resumed", r.resumed},
                      {"best_epoch", best.epoch},
                      {"best_validation_rsum", best.rsum},
                      {split, to_json(r.metrics)},
                      {"rsum_standard_error", standard_error(r.contributions)},
                      {"rsum_from_full", r.metrics.rsum() - full.metrics.rsum()},
                      {"rsum_from_full_standard_error", standard_error(r.contributions, full.contributions)}});
      if (!study.slot) continue;
      runs.back()["slot_alone"] = to_json(v.slot.alone);
      runs.back()["microseconds_a_pair"] = v.slot.cost.microseconds;
      runs.back()["megabytes"] = v.slot.cost.megabytes;
    }
  }
  Json without_training = Json::array();
  for (const auto& [name, metrics] : post_hoc) {
    without_training.push_back(to_json(metrics));
    without_training.back()["name"] = name;
  }
  Json all = {{"command", study.command},
              {"quick", study.quick},
              {"seed", study.seeds[0]},
              {"seeds", study.seeds},
              {"split", split},
              {"vocabulary", words},
              {split + "_images", images},
              {split + "_captions", captions},
              {"chance_rsum", chance},
              {"machine", {{"cpu", machine.cpu}, {"threads", machine.threads}, {"gflops", machine.gflops}}},
              {"seconds", seconds},
              {"config", config},
              {"models", models},
              {"runs", runs},
              {"pairs", pairs_json(pairs)},
              {"post_hoc", without_training}};
  if (study.beside_paper) all["unlike_paper"] = unlike_paper;
  return all;
}

}  // namespace program
