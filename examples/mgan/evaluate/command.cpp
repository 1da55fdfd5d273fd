#include "command.hpp"

#include <ATen/ops/empty_like.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "app/config_fields.hpp"
#include "app/options.hpp"
#include "judged_checkpoint.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/io/npy.hpp"
#include "mgan/metrics/ensemble.hpp"
#include "mgan/metrics/folds.hpp"
#include "post_hoc.hpp"
#include "published.hpp"
#include "scored_checkpoint.hpp"
#include "ties.hpp"

namespace program {

namespace {

using mgan::io::Json;

std::span<const float> values_of(const at::Tensor& contiguous) {
  return {contiguous.const_data_ptr<float>(), static_cast<std::size_t>(contiguous.numel())};
}

mgan::RetrievalMetrics figures(const EvaluateFlags& flags, const at::Tensor& scores,
                               const std::vector<std::int64_t>& owner) {
  const at::Tensor s = scores.contiguous();
  return flags.folds == 0 ? mgan::retrieval_metrics(values_of(s), s.size(0), s.size(1), owner, flags.ties)
                          : mgan::folded_metrics(values_of(s), s.size(0), s.size(1), owner, flags.folds, flags.ties);
}

at::Tensor ensemble_scores(const std::vector<Member>& members) {
  std::vector<at::Tensor> contiguous;
  std::vector<std::span<const float>> matrices;
  for (const Member& member : members)
    matrices.push_back(values_of(contiguous.emplace_back(member.scores.contiguous())));
  at::Tensor mean = at::empty_like(contiguous[0]);  // (I, T)
  const std::vector<float> values = mgan::mean_of(matrices);
  std::copy(values.begin(), values.end(), mean.mutable_data_ptr<float>());
  return mean;
}

/// Ranked lists of files.
void evaluate_runs(const EvaluateFlags& flags) {
  mgan::require(flags.checkpoints.empty() && flags.files.paths.empty(),
                "evaluate: --run beside checkpoints or --scores, expected one of them");
  mgan::require(flags.folds == 0 && flags.write_scores.empty(), "--run takes no --folds and no --write-scores");
  const JudgedScores judged = judge_runs(flags.judge, flags.ties);
  print(judged, 0);
  if (flags.output.empty()) return;
  Json metrics = {{"ties", word_of(flags.ties)}};
  add_json(metrics, judged);
  mgan::io::write_file_atomically(flags.output, metrics.dump(2) + "\n");
}

void evaluate(const EvaluateFlags& flags) {
  check(flags.judge);
  if (!flags.judge.runs.empty()) return evaluate_runs(flags);
  mgan::require(!flags.judge.any() || flags.folds == 0,
                "--relevance, --correct and TREC files are of all images: without --folds");
  if (!flags.files.paths.empty()) {
    mgan::require(flags.checkpoints.empty(), "evaluate: checkpoints and --scores, expected one of them");
    return evaluate_score_files(flags.files, {flags.folds, flags.ties, flags.output, flags.write_scores, flags.judge});
  }
  mgan::require(!flags.checkpoints.empty(), "evaluate: expected checkpoints, or --scores");
  mgan::require(!flags.judge.any() || !flags.prune,
                "--prune leaves out most scores: without --relevance, --correct and "
                "TREC files");
  mgan::require(flags.judge.bank_files().empty(), "--bank of files is of --scores; of checkpoints: queries or train");
  mgan::require(!flags.streaming || flags.checkpoints.size() == 1,
                "--streaming takes one checkpoint: an ensemble is the mean of whole score matrices");
  mgan::require(!flags.prune || (flags.checkpoints.size() == 1 && flags.folds == 0),
                "--prune takes one checkpoint and no folds");
  mgan::require(!flags.prune || flags.device == "cpu", "--prune runs on the CPU, --device is ", flags.device);
  mgan::require(!flags.prune || flags.ties == mgan::Ties::pessimistic,
                "--prune counts ties as lost: without --ties expected");
  Content content;
  std::vector<Member> members;
  for (const std::string& checkpoint : flags.checkpoints)
    members.push_back(score_checkpoint(flags, checkpoint, content));
  const ScoredSplit& split = members[0].split;

  MetricsTable results, post_hoc;
  if (!members[0].streamed.empty()) {
    const auto& rows = members[0].streamed;
    results.rows = {rows.front()};
    post_hoc.rows = {rows.begin() + 1, rows.end()};
  }
  const auto warn_of = [&](const TiedFigures& tied) {
    if (flags.ties == mgan::Ties::pessimistic) warn_of_ties(tied, shared_captions(content.captions, split.owner));
  };
  for (const Member& member : members) {
    if (!member.streamed.empty()) {
      warn_of(member.tied);
      continue;
    }
    results.rows.emplace_back(members.size() == 1 ? "all granularities" : member.checkpoint,
                              figures(flags, member.scores, split.owner));
    const at::Tensor s = member.scores.contiguous();
    warn_of(tied_figures(values_of(s), split.images, split.owner, flags.folds));
  }
  at::Tensor mean = members[0].scores;  // (I, T), undefined when streamed
  if (members.size() > 1) mean = ensemble_scores(members);
  if (members.size() > 1) {
    results.rows.emplace_back("ensemble of " + std::to_string(members.size()) + " (mean of score matrices)",
                              figures(flags, mean, split.owner));
  } else if (members[0].streamed.empty()) {
    for (const PostHocScores& row : post_hoc_scores(split.scores, members[0].config))
      post_hoc.rows.emplace_back(row.name, figures(flags, row.scores, split.owner));
  }

  if (flags.folds > 0) {
    std::printf("mean over %lld folds of %lld images, each with its own captions alone\n",
                static_cast<long long>(split.images / flags.folds), static_cast<long long>(flags.folds));
  }
  std::putchar('\n');
  results.print(results.width());
  if (!post_hoc.rows.empty()) {
    std::printf("\n%s\n", post_hoc_label);
    post_hoc.print(results.width());
  }
  std::optional<JudgedScores> judged = members[0].judged;
  if (flags.judge.any() && !judged)
    judged = judge_matrix(flags, results.rows.back().first, mean, split.owner, *content.names);
  if (judged) print(*judged, results.width());
  if (flags.published) std::printf("\n%s", published_table().c_str());

  if (!flags.write_scores.empty()) {
    const at::Tensor whole = mean.contiguous();
    mgan::io::write_npy(flags.write_scores, mgan::io::DType::F32, {whole.size(0), whole.size(1)},
                        std::as_bytes(values_of(whole)));
  }
  if (flags.output.empty()) return;
  Json metrics = {{"data", content.name},
                  {"split", word_of(flags.split)},
                  {"images", split.images},
                  {"captions", split.owner.size()},
                  {"images_per_fold", flags.folds > 0 ? flags.folds : split.images},
                  {"ties", word_of(flags.ties)},
                  {"checkpoints", flags.checkpoints},
                  {"results", results.json()},
                  {"post_hoc", post_hoc.json()}};
  if (!members[0].pruning.is_null()) metrics["pruning"] = members[0].pruning;
  if (judged) add_json(metrics, *judged);
  mgan::io::write_file_atomically(flags.output, metrics.dump(2) + "\n");
}

}  // namespace

void add_evaluate_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand("evaluate", "Recalls of one checkpoint, or of several and their ensemble");
  const auto flags = std::make_shared<EvaluateFlags>();
  command->add_option("checkpoints", flags->checkpoints, "best.safetensors of one run or several");
  CLI::Option* scores = add_score_file_options(*command, flags->files);
  add_option(*command, "--ties", flags->ties,
             "pessimistic: a tie is lost; expected: the mean over all orders of equal scores");
  command->add_option("--write-scores", flags->write_scores,
                      "Also write the scores (images, texts), of several the mean, to this .npy file");
  add_option(*command, "--split", flags->split,
             "val, or test: the only way to read the test split; testall of a SCAN folder: COCO's 5,000 images");
  add_option(*command, "--folds", flags->folds, "Images a fold, the figures being the mean over folds (COCO 1K: 1000)",
             at_least(1))
      ->default_str("");
  add_option(*command, "--images-limit", flags->limit, "Evaluate the first N images alone", at_least(1))
      ->default_str("");
  add_option<&DataConfig::data>(*command, flags->data, as_trained);
  add_option<&DataConfig::cache>(*command, flags->cache, as_trained);
  add_option<&DataConfig::images>(*command, flags->images, as_trained);
  add_option<&DataConfig::boxes>(*command, flags->boxes, as_trained);
  add_option<&DataConfig::broken_pictures>(*command, flags->broken_pictures, as_trained);
  add_option<&ModelConfig::scorer>(*command, flags->scorer, as_trained);
  add_option(*command, "--rescore", flags->top,
             "Pairs of every row and column that fused-bf16 and fused-int8 score again", between(10, 1e6));
  add_judge_options(*command, flags->judge);
  add_device_option(*command, flags->device);
  command->add_flag("--streaming", flags->streaming,
                    "Count ranks block by block and keep no score matrix: the same figures. The default beyond 50 "
                    "million pairs");
  command->add_flag("--prune", flags->prune,
                    "The same ranks with the patch scores of a few pairs alone: interaction and plain; no table of "
                    "single granularities");
  add_option(*command, "--prune-rounds", flags->prune_rounds,
             "With --prune: time the ranking against the whole sweep, so many rounds in turn", at_least(1))
      ->needs(command->get_option("--prune"))
      ->default_str("");
  command->add_option("-o,--output,--json", flags->output, "Also write the figures to this JSON file");
  command->add_flag("--published", flags->published, "Also print the paper's figures, in a table of their own");
  command->footer(
      "R@K: percent of queries with a right answer among the first K. RSum: the sum of all six. One checkpoint is "
      "also\n"
      "evaluated with each granularity alone and each left out.");
  command->get_option("--write-scores")->excludes(command->get_option("--streaming"));
  for (const char* name : {"--streaming", "--split", "--images-limit", "--data", "--cache", "--images", "--boxes",
                           "--scorer", "--broken-pictures", "--device"})
    scores->excludes(command->get_option(name));
  command->callback([flags] { evaluate(*flags); });
}

}  // namespace program
