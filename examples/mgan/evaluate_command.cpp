#include "evaluate_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include "mgan/io/atomic_file.hpp"
#include "mgan/io/npy.hpp"
#include "mgan/metrics/ensemble.hpp"
#include "mgan/metrics/folds.hpp"
#include "post_hoc.hpp"
#include "published.hpp"
#include "rescored.hpp"
#include "score_files.hpp"
#include "streaming.hpp"
#include "trainer.hpp"

namespace program {

namespace {

using mgan::data::Split;
using mgan::io::Json;

struct Flags {
  std::vector<std::string> checkpoints;
  std::string split = "val", output;
  std::string data, images, boxes, broken_pictures;  // empty: as the checkpoint was trained
  std::int64_t folds = 0, limit = 0, top = 32;
  ScoreFiles files;  // in the place of checkpoints
  std::string ties = "pessimistic", write_scores;
  std::string scorer;  // empty: as the checkpoint was trained
  bool published = false, streaming = false, prune = false;
};

mgan::Ties ties_of(const Flags& flags) {
  return flags.ties == "expected" ? mgan::Ties::expected : mgan::Ties::pessimistic;
}

/// Images x captions beyond which one checkpoint is streamed: a score matrix of 200 MB.
constexpr std::int64_t pairs_in_memory = 50'000'000;

/// A checkpoint scored on the split.
struct Member {
  std::string checkpoint;
  ModelConfig config;
  ScoredSplit split;
  at::Tensor scores;                   // (I, T), all granularities
  std::vector<NamedMetrics> streamed;  // in place of scores, all granularities first
};

/// What must be equal for score matrices to be averaged.
struct Content {
  std::string name;  // of the data set
  std::vector<std::string> images, captions;
};

Content content_of(const mgan::data::Dataset& dataset) {
  Content content{dataset.name, {}, {}};
  for (const auto& example : dataset.examples) {
    content.images.push_back(example.name);
    content.captions.insert(content.captions.end(), example.captions.begin(), example.captions.end());
  }
  return content;
}

Member score_checkpoint(const Flags& flags, const std::string& checkpoint, Content& content) {
  LoadedModel loaded = load_model(checkpoint, flags.scorer);
  DataConfig& data = loaded.config.data;
  if (!flags.data.empty()) {
    data.data = flags.data;
    data.images.clear();  // those of the other data set
  }
  if (!flags.images.empty()) data.images = flags.images;
  const bool kind = flags.boxes == "grid" || flags.boxes == "annotated" || flags.boxes == "both";
  if (!flags.boxes.empty())
    (loaded.config.encoders.used() && !kind ? loaded.config.encoders.raw_boxes : data.boxes) = flags.boxes;
  if (!flags.broken_pictures.empty()) data.broken_pictures = flags.broken_pictures;
  data.testall = flags.split == "testall";
  const Samples samples = make_samples(loaded.config, flags.split == "val" ? Split::val : Split::test);

  const Content own = content_of(samples.dataset());
  if (content.images.empty()) content = own;
  mgan::require(own.images == content.images && own.captions == content.captions, checkpoint, ": its ", flags.split,
                " split (", own.name, ", ", own.images.size(), " images, ", own.captions.size(),
                " captions) is not that of ", flags.checkpoints[0], " (", content.name, ", ", content.images.size(),
                " images, ", content.captions.size(), " captions); --data, --images choose one for all");

  std::int64_t images = static_cast<std::int64_t>(samples.size());
  if (flags.limit > 0) images = std::min(images, flags.limit);
  mgan::require(flags.folds == 0 || images % flags.folds == 0, "--folds ", flags.folds, ": ", images,
                " images do not divide into folds of ", flags.folds);

  const auto began = std::chrono::steady_clock::now();
  std::int64_t captions = 0;
  for (const CaptionIndex& c : samples.captions()) captions += static_cast<std::int64_t>(c.image) < images;
  Member member{checkpoint, loaded.config.model, {}, {}, {}};
  const bool large = images * captions > pairs_in_memory && flags.write_scores.empty();
  const bool low_precision = is_low_precision(loaded.config.model);
  if (flags.prune) {
    PrunedSplit pruned = prune_split(loaded.model, samples, flags.limit);
    member.split.owner = std::move(pruned.split.owner);
    member.split.images = pruned.split.images;
    member.streamed = std::move(pruned.split.rows);
    std::printf(
        "pruned: patch scores of %.2f %% of the pairs, %.2f %% of their products' operations, bounds included\n",
        100 * pruned.scored, 100 * pruned.flops);
  } else if (low_precision) {
    mgan::require(flags.folds == 0 && !flags.streaming && flags.checkpoints.size() == 1, "--scorer ",
                  loaded.config.model.scorer, " takes one checkpoint, without --folds or --streaming");
    RescoredSplit rescored = rescored_split(loaded.model, samples, flags.limit, flags.top);
    std::printf(
        "%s: %lld of %lld pairs scored again in fp32; R@10 of the sum proven for %lld of %lld images and %lld of %lld "
        "captions\n",
        loaded.config.model.scorer.c_str(), static_cast<long long>(rescored.pairs),
        static_cast<long long>(images * captions), static_cast<long long>(rescored.certain.images),
        static_cast<long long>(images), static_cast<long long>(rescored.certain.texts),
        static_cast<long long>(captions));
    member.split = std::move(rescored.split);
    member.scores = loaded.model.combine(member.split.scores);
  } else if (flags.streaming || (flags.checkpoints.size() == 1 && large)) {
    StreamedSplit streamed = stream_split(loaded.model, samples, flags.limit, flags.folds, ties_of(flags));
    member.split.owner = std::move(streamed.owner);
    member.split.images = streamed.images;
    member.streamed = std::move(streamed.rows);
  } else {
    member.split = score_split(loaded.model, samples, flags.limit);
    member.scores = loaded.model.combine(member.split.scores);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%s: %s, split %s, %lld images x %zu captions, %lld epochs of training, scored in %.1f s\n",
              checkpoint.c_str(), own.name.c_str(), flags.split.c_str(), static_cast<long long>(member.split.images),
              member.split.owner.size(), static_cast<long long>(loaded.epoch), seconds);
  return member;
}

std::span<const float> values_of(const at::Tensor& contiguous) {
  return {contiguous.const_data_ptr<float>(), static_cast<std::size_t>(contiguous.numel())};
}

mgan::RetrievalMetrics figures(const Flags& flags, const at::Tensor& scores, const std::vector<std::int64_t>& owner) {
  const at::Tensor s = scores.contiguous();
  const mgan::Ties ties = ties_of(flags);
  return flags.folds == 0 ? mgan::retrieval_metrics(values_of(s), s.size(0), s.size(1), owner, ties)
                          : mgan::folded_metrics(values_of(s), s.size(0), s.size(1), owner, flags.folds, ties);
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

void evaluate(const Flags& flags) {
  if (!flags.files.paths.empty()) {
    mgan::require(flags.checkpoints.empty(), "evaluate: checkpoints and --scores, expected one of them");
    return evaluate_score_files(flags.files, {flags.folds, ties_of(flags), flags.output, flags.write_scores});
  }
  mgan::require(!flags.checkpoints.empty(), "evaluate: expected checkpoints, or --scores");
  mgan::require(!flags.streaming || flags.checkpoints.size() == 1,
                "--streaming takes one checkpoint: an ensemble is the mean of whole score matrices");
  mgan::require(!flags.prune || (flags.checkpoints.size() == 1 && flags.folds == 0),
                "--prune takes one checkpoint and no folds");
  mgan::require(!flags.prune || flags.ties == "pessimistic", "--prune counts ties as lost: without --ties expected");
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
  for (const Member& member : members) {
    if (!member.streamed.empty()) continue;
    results.rows.emplace_back(members.size() == 1 ? "all granularities" : member.checkpoint,
                              figures(flags, member.scores, split.owner));
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
  if (flags.published) std::printf("\n%s", published_table().c_str());

  if (!flags.write_scores.empty()) {
    const at::Tensor whole = mean.contiguous();
    mgan::io::write_npy(flags.write_scores, mgan::io::DType::F32, {whole.size(0), whole.size(1)},
                        std::as_bytes(values_of(whole)));
  }
  if (flags.output.empty()) return;
  const Json metrics = {{"data", content.name},
                        {"split", flags.split},
                        {"images", split.images},
                        {"captions", split.owner.size()},
                        {"images_per_fold", flags.folds > 0 ? flags.folds : split.images},
                        {"ties", flags.ties},
                        {"checkpoints", flags.checkpoints},
                        {"results", results.json()},
                        {"post_hoc", post_hoc.json()}};
  mgan::io::write_file_atomically(flags.output, metrics.dump(2) + "\n");
}

}  // namespace

void add_evaluate_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand("evaluate", "Recalls of one checkpoint, or of several and their ensemble");
  const auto flags = std::make_shared<Flags>();
  command->add_option("checkpoints", flags->checkpoints, "best.safetensors of one run or several");
  CLI::Option* scores = add_score_file_options(*command, flags->files);
  command
      ->add_option("--ties", flags->ties,
                   "pessimistic: a tie is lost; expected: the mean over all orders of equal scores")
      ->check(CLI::IsMember({"pessimistic", "expected"}))
      ->capture_default_str();
  command->add_option("--write-scores", flags->write_scores,
                      "Also write the scores (images, texts), of several the mean, to this .npy file");
  command
      ->add_option("--split", flags->split,
                   "val, or test: the only way to read the test split; testall of a SCAN folder: COCO's 5,000 images")
      ->check(CLI::IsMember({"val", "test", "testall"}))
      ->capture_default_str();
  command->add_option("--folds", flags->folds, "Images a fold, the figures being the mean over folds (COCO 1K: 1000)")
      ->check(CLI::PositiveNumber);
  command->add_option("--images-limit", flags->limit, "Evaluate the first N images alone")->check(CLI::PositiveNumber);
  command->add_option(
      "--data", flags->data,
      "Another data set than that of training: scenes, a Karpathy JSON file or its folder, a SCAN folder, "
      "or a cache of `mgan extract`");
  command->add_option("--images", flags->images, "Another folder of photographs");
  command->add_option("--boxes", flags->boxes, "Other boxes: grid, annotated (scenes), or a JSON file");
  command
      ->add_option("--broken-pictures", flags->broken_pictures, "fatal, or skip: a warning names each that is left out")
      ->check(CLI::IsMember({"fatal", "skip"}));
  command
      ->add_option("--scorer", flags->scorer,
                   "fused or functor, instead of the one that it was trained with; fused-bf16, fused-int8: patch "
                   "products in low "
                   "precision, the best pairs again in fp32")
      ->check(CLI::IsMember({"fused", "functor", "fused-bf16", "fused-int8"}));
  command
      ->add_option("--rescore", flags->top, "Pairs of every row and column that fused-bf16 and fused-int8 score again")
      ->check(CLI::Range(std::int64_t{10}, std::int64_t{1000000}))
      ->capture_default_str();
  command->add_flag("--streaming", flags->streaming,
                    "Count ranks block by block and keep no score matrix: the same figures. The default beyond 50 "
                    "million pairs");
  command->add_flag("--prune", flags->prune,
                    "The same ranks with the patch scores of a few pairs alone: interaction and plain; no table of "
                    "single granularities");
  command->add_option("-o,--output,--json", flags->output, "Also write the figures to this JSON file");
  command->add_flag("--published", flags->published, "Also print the paper's figures, in a table of their own");
  command->footer(
      "R@K: percent of queries with a right answer among the first K. RSum: the sum of all six. One checkpoint is "
      "also\n"
      "evaluated with each granularity alone and each left out.");
  command->get_option("--write-scores")->excludes(command->get_option("--streaming"));
  for (const char* name :
       {"--streaming", "--split", "--images-limit", "--data", "--images", "--boxes", "--scorer", "--broken-pictures"})
    scores->excludes(command->get_option(name));
  command->callback([flags] { evaluate(*flags); });
}

}  // namespace program
