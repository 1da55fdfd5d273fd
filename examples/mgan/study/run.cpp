#include <ATen/core/Tensor.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "app/folder_lock.hpp"
#include "data/published.hpp"
#include "evaluate/post_hoc.hpp"
#include "evaluate/significance.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/train/progress.hpp"
#include "model/load.hpp"
#include "model/scoring.hpp"
#include "report.hpp"
#include "result.hpp"
#include "train/trainer.hpp"
#include "unlike_paper.hpp"

namespace program {

namespace {

using mgan::io::Json;

/// A run of the study: what it is, and whether it needs no training.
struct Task {
  const Variant* variant;
  std::uint64_t seed;
  Config config;
  std::filesystem::path folder;
  bool finished;
};

/// Asked of all before the first is trained: a folder of other runs is known at once.
std::vector<Task> tasks_of(const Study& study) {
  std::vector<Task> tasks;
  for (const std::uint64_t seed : study.seeds) {
    for (const Variant& variant : study.variants) {
      const std::filesystem::path folder = study.output / study.folder_of(variant, seed);
      const Config config = study.config_of(variant, seed);
      if (study.restart) remove_run(folder);
      const bool finished = is_finished(folder, config, study.anew) && std::filesystem::exists(folder / "run.json");
      tasks.push_back({&variant, seed, config, folder, finished});
    }
  }
  return tasks;
}

/// "full model"; "full model, seed 2" where there are several; "seed 2" of one model.
std::string name_of(const Study& study, const Task& task) {
  const std::string seed = "seed " + std::to_string(task.seed);
  if (study.seeds.size() == 1) return task.variant->name;
  return study.variants.size() == 1 ? seed : task.variant->name + ", " + seed;
}

/// A line of progress for all runs together. How many steps a run has is known when the first one begins.
class AllProgress {
 public:
  AllProgress(std::size_t runs, std::int64_t pairs) : runs_(static_cast<std::int64_t>(runs)), pairs_(pairs) {}

  void begin(std::int64_t steps) {
    steps_ = steps;
    if (!progress_) progress_.emplace(runs_ * steps, pairs_);
  }
  void update(std::int64_t run, std::int64_t step, double loss, const std::string& note) {
    progress_->update(run * steps_ + step, loss, note);
  }
  void say(std::string_view line) {
    if (progress_) progress_->say(line);
    else std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  }
  void finish() {
    if (progress_) progress_->finish();
  }

 private:
  std::int64_t runs_, pairs_, steps_ = 0;
  std::optional<mgan::train::Progress> progress_;
};

void train_task(const Study& study, const Task& task, const std::string& label, std::int64_t place,
                AllProgress& progress) {
  const bool resumed = std::filesystem::exists(task.folder / "last.safetensors");
  TrainOptions options{task.folder, /*resume=*/true, /*quiet=*/true, study.loaders, study.device};
  options.begun = [&](std::int64_t steps) { progress.begin(steps); };
  options.step_taken = [&](std::int64_t step, std::int64_t epoch, double loss) {
    const std::string epochs = std::to_string(epoch + 1) + "/" + std::to_string(task.config.recipe.epochs);
    progress.update(place, step, loss, label + ", epoch " + epochs);
  };
  options.say = [&](std::string_view line) { progress.say(line); };
  const TrainResult trained = train(task.config, options);
  const Json record = {{"seconds", trained.seconds},
                       {"resumed", resumed},
                       {"parameters", trained.parameters},
                       {"training_images", trained.images}};
  mgan::io::write_file_atomically(task.folder / "run.json", record.dump() + "\n");
}

/// What the folder of a finished run tells.
RunResult read_run(const Study& study, const Task& task) {
  const Json record = mgan::io::read_json(task.folder / "run.json");
  RunResult run{task.seed, study.folder_of(*task.variant, task.seed)};
  run.seconds = record.value("seconds", 0.0);
  run.resumed = record.value("resumed", false);
  run.parameters = record.value("parameters", std::int64_t{0});
  run.training_images = record.value("training_images", std::int64_t{0});
  run.curves = read_curves(task.folder / "log.jsonl");
  return run;
}

/// Trains what is not trained yet. The runs have everything but recalls.
std::vector<VariantResult> train_all(const Study& study, const std::vector<Task>& tasks) {
  const RecipeConfig& recipe = tasks[0].config.recipe;
  AllProgress progress(tasks.size(), recipe.batch * recipe.captions_per_image * recipe.accumulate);
  std::vector<VariantResult> results;
  for (const Variant& variant : study.variants) results.push_back({variant});
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    const Task& task = tasks[t];
    const std::string label =
        "[" + std::to_string(t + 1) + "/" + std::to_string(tasks.size()) + "] " + name_of(study, task);
    if (!task.finished) train_task(study, task, label, static_cast<std::int64_t>(t), progress);
    RunResult run = read_run(study, task);
    const auto best = run.curves.best();
    char line[200];
    std::snprintf(line, sizeof line, "%s: %s %.0f s, best validation RSum %.1f after epoch %lld", label.c_str(),
                  task.finished ? "was trained before, in" : "trained in", run.seconds, best.rsum,
                  static_cast<long long>(best.epoch));
    progress.say(line);
    results[t % study.variants.size()].runs.push_back(std::move(run));
  }
  progress.finish();
  return results;
}

/// The best checkpoint of every run on the split; of the first run also single granularities and a gallery.
void score_all_runs(StudyResult& result) {
  const Study& study = result.study;
  Config config = study.variants[0].config;
  config.data.testall = study.split == EvaluatedSplit::testall;
  const Samples samples =
      make_samples(config, study.split == EvaluatedSplit::val ? mgan::data::Split::val : mgan::data::Split::test);
  for (VariantResult& variant : result.variants) {
    for (RunResult& run : variant.runs) {
      const auto folder = study.output / run.folder;
      const bool has_best = std::filesystem::exists(folder / "best.safetensors");  // none when every RSum was 0
      const LoadedModel loaded =
          load_model(folder / (has_best ? "best.safetensors" : "last.safetensors"), std::nullopt, study.device);
      const ScoredSplit split = score_split(loaded.model, samples);
      const at::Tensor scores = loaded.model.combine(split.scores).contiguous();  // (I, T)
      run.metrics = metrics_of(scores, split.owner);
      const std::span values(scores.const_data_ptr<float>(), static_cast<std::size_t>(scores.numel()));
      run.contributions = rsum_contributions(values, split.images, split.owner);
      if (&run != &variant.runs[0]) continue;
      if (study.slot) {
        const bool patch = study.slot == ComparedSlot::patch;
        variant.slot.alone = metrics_of(patch ? split.scores.patch : split.scores.region, split.owner);
        variant.slot.cost = measure_slot(loaded.model, samples, patch);
      }
      if (&variant != &result.variants[0]) continue;
      result.images = split.images;
      result.captions = static_cast<std::int64_t>(split.owner.size());
      result.words = static_cast<std::int64_t>(loaded.config.vocabulary.size());
      result.chance = chance_rsum(split.images, split.owner);
      result.variants[0].variant.config = loaded.config;  // with what it took from its data and encoders
      for (const PostHocScores& row : post_hoc_scores(split.scores, loaded.config.model))
        result.post_hoc.emplace_back(row.name, metrics_of(row.scores, split.owner));
      if (samples.image_stream() == nullptr) result.gallery = make_gallery(loaded.model, samples, split);
    }
  }
}

/// "mean over seeds 1 and 2", or nothing for one.
std::string seeds_text(const Study& study) {
  if (study.seeds.size() == 1) return "";
  std::string text = "; means over seeds";
  for (std::size_t s = 0; s < study.seeds.size(); ++s)
    text += (s == 0 ? " " : s + 1 == study.seeds.size() ? " and " : ", ") + std::to_string(study.seeds[s]);
  return text;
}

void print(const StudyResult& result) {
  const Study& study = result.study;
  std::printf("\nrecalls of the best checkpoint (by validation RSum) on %lld %s %s with %lld captions%s\n\n%s\n",
              static_cast<long long>(result.images), study.split == EvaluatedSplit::val ? "validation" : "unseen",
              result.noun(), static_cast<long long>(result.captions), seeds_text(study).c_str(), table(result).c_str());
  if (study.beside_paper) {
    if (result.unlike_paper.empty()) std::printf("Data, encoders and recipe are the paper's.\n");
    else std::printf("Not comparable with the paper's figures:\n");
    for (const std::string& reason : result.unlike_paper) std::printf("  - %s\n", reason.c_str());
    std::putchar('\n');
  }
  const bool seeds = study.seeds.size() > 1;
  std::printf(
      "%s\nDifferences below about %.0f are noise of %lld %s (two standard errors, paired); another seed adds its "
      "own%s.\n\n",
      result.verdict().c_str(), result.noise(), static_cast<long long>(result.images), result.noun(),
      !seeds                       ? ""
      : result.variants.size() > 1 ? ": the column of seeds is the deviation of RSum over them"
                                   : ": +- is the deviation of RSum over them");
  std::printf("%s; %s in all\n%s\n", result.machine.text().c_str(), mgan::train::clock_text(result.seconds).c_str(),
              (study.output / "report.html").c_str());
}

}  // namespace

void check_seeds(const std::vector<std::uint64_t>& seeds) {
  for (auto seed = seeds.begin(); seed != seeds.end(); ++seed)
    mgan::require(std::count(seeds.begin(), seed, *seed) == 0, "--seeds: ", *seed, " stands there twice");
}

void run(const Study& study) {
  const auto began = std::chrono::steady_clock::now();
  const FolderLock lock(study.output, study.command.substr(0, study.command.find(' ', 5)).c_str());
  const std::vector<Task> tasks = tasks_of(study);
  StudyResult result{study};
  result.machine = probe_machine();
  const RecipeConfig& recipe = tasks[0].config.recipe;
  std::fprintf(stderr,
               "%zu %s, each trained on the same data for %lld epochs%s; threads: %d, %.0f GFLOP/s in a 1024^3 "
               "product\nin %s; when it is interrupted, the same command goes on from there; ETA is that of all of "
               "them\n",
               tasks.size(), study.variants.size() == 1 ? "runs" : "models", static_cast<long long>(recipe.epochs),
               recipe.patience > 0 ? " at most" : "", result.machine.threads, result.machine.gflops,
               study.output.c_str());

  if (study.split != EvaluatedSplit::val) {  // what is missing is said now, not after hours of training
    DataConfig data = study.variants[0].config.data;
    data.testall = study.split == EvaluatedSplit::testall;
    require_split(data, mgan::data::Split::test);
  }
  result.variants = train_all(study, tasks);
  score_all_runs(result);
  result.summarize();
  if (study.beside_paper)
    result.unlike_paper = unlike_paper(result.variants[0].variant.config, study.split,
                                       {result.variants[0].runs[0].training_images, result.images, result.captions});
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();

  mgan::io::write_file_atomically(study.output / "metrics.json", result.json().dump(2) + "\n");
  mgan::io::write_file_atomically(study.output / "report.html", report_html(result));
  print(result);
}

}  // namespace program
