#include "command.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>

#include "app/config_fields.hpp"
#include "app/folder_lock.hpp"
#include "app/options.hpp"
#include "data/open_dataset.hpp"
#include "evaluate/post_hoc.hpp"
#include "evaluate/significance.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/train/progress.hpp"
#include "model/alignments.hpp"
#include "model/load.hpp"
#include "model/scoring.hpp"
#include "report.hpp"
#include "result.hpp"
#include "train/trainer.hpp"

namespace program {

namespace {

using mgan::data::Split;
using mgan::io::Json;

struct Flags {
  bool quick = false, restart = false;
  std::string output;
  std::uint64_t seed = 1;
  ComparedSlot slot = ComparedSlot::patch;
  std::vector<std::string> modules;  // of a comparison; empty: all that serve the slot
  std::int64_t epochs = 0;           // of a comparison; 0: the demo's
};

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(); }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// What the times are to be read against: the best of half a second of matrix products.
Machine probe_machine() {
  const at::NoGradGuard no_grad;
  Machine machine{"unknown processor", at::get_num_threads(), 0};
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      machine.cpu = line.substr(colon + 2);
      break;
    }
  }
  const at::Tensor a = at::ones({1024, 1024}, at::kFloat);  // (1024, 1024)
  const Stopwatch all;
  for (int i = 0; i < 3 || all.seconds() < 0.5; ++i) {
    const Stopwatch one;
    at::mm(a, a);
    machine.gflops = std::max(machine.gflops, 2.0 * 1024 * 1024 * 1024 / one.seconds() * 1e-9);
  }
  return machine;
}

/// Which runs need no training, asked of all before the first is trained: a folder of other runs is known at once.
std::vector<bool> finished_runs(const Flags& flags, const std::vector<DemoRun>& runs) {
  std::vector<bool> finished;
  for (const DemoRun& run : runs) {
    const std::filesystem::path folder = std::filesystem::path(flags.output) / run.folder;
    if (flags.restart) remove_run(folder);
    finished.push_back(is_finished(folder, run.config));
  }
  return finished;
}

/// Trains what is not trained yet. Fills in everything but the test figures.
std::vector<RunResult> train_all(const Flags& flags, const std::vector<DemoRun>& runs,
                                 const std::vector<bool>& finished) {
  const std::filesystem::path root = flags.output;
  std::int64_t all_steps = 0, steps_before = 0;
  for (const DemoRun& run : runs) all_steps += total_steps(run.config);

  mgan::train::Progress progress(  // of all runs together
      all_steps, runs[0].config.recipe.batch * runs[0].config.recipe.captions_per_image);
  std::vector<RunResult> results;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const DemoRun& run = runs[r];
    const std::filesystem::path folder = root / run.folder, log = folder / "log.jsonl";
    const std::string label = "[" + std::to_string(r + 1) + "/" + std::to_string(runs.size()) + "] " + run.name;
    RunResult result{run};
    if (!finished[r]) {
      result.resumed = std::filesystem::exists(folder / "last.safetensors");
      TrainOptions options{folder, true, true};
      options.step_taken = [&](std::int64_t step, std::int64_t epoch, double loss) {
        progress.update(
            steps_before + step, loss,
            label + ", epoch " + std::to_string(epoch + 1) + "/" + std::to_string(run.config.recipe.epochs));
      };
      options.say = [&](std::string_view line) { progress.say(line); };
      const TrainResult trained = train(run.config, options);
      const Json record = {
          {"seconds", trained.seconds}, {"resumed", result.resumed}, {"parameters", trained.parameters}};
      mgan::io::write_file_atomically(folder / "run.json", record.dump() + "\n");
    }
    if (std::filesystem::exists(folder / "run.json")) {
      const Json record = mgan::io::read_json(folder / "run.json");
      result.seconds = record.value("seconds", 0.0);
      result.resumed = record.value("resumed", false);
      result.parameters = record.value("parameters", std::int64_t{0});
    }
    result.curves = read_curves(log);
    const auto best = result.curves.best();
    char line[200];
    std::snprintf(line, sizeof line, "%s: %s %.0f s, best validation RSum %.1f after epoch %lld", label.c_str(),
                  finished[r] ? "was trained before, in" : "trained in", result.seconds, best.rsum,
                  static_cast<long long>(best.epoch));
    progress.say(line);
    steps_before += total_steps(run.config);
    results.push_back(std::move(result));
  }
  progress.finish();
  return results;
}

/// The best checkpoint of every run on the test split; post hoc table and gallery of the full model.
void test_all(const Flags& flags, DemoResult& result) {
  const std::filesystem::path root = flags.output;
  const Samples samples = make_samples(result.runs[0].run.config, Split::test);
  std::vector<std::vector<double>> contributions;
  for (RunResult& run : result.runs) {
    const auto folder = root / run.run.folder;
    const bool has_best = std::filesystem::exists(folder / "best.safetensors");  // none when every RSum was 0
    const LoadedModel loaded = load_model(folder / (has_best ? "best.safetensors" : "last.safetensors"));
    const ScoredSplit split = score_split(loaded.model, samples);
    const at::Tensor scores = loaded.model.combine(split.scores).contiguous();  // (I, T)
    run.test = metrics_of(scores, split.owner);
    const std::span values(scores.const_data_ptr<float>(), static_cast<std::size_t>(scores.numel()));
    contributions.push_back(rsum_contributions(values, split.images, split.owner));
    if (result.subject.slot) {
      const bool patch = result.subject.slot == ComparedSlot::patch;
      run.slot.alone = metrics_of(patch ? split.scores.patch : split.scores.region, split.owner);
      run.slot.cost = measure_slot(loaded.model, samples, patch);
    }
    if (&run != &result.runs[0]) continue;
    result.images = split.images;
    result.captions = static_cast<std::int64_t>(split.owner.size());
    result.chance = chance_rsum(split.images, split.owner);
    for (const PostHocScores& row : post_hoc_scores(split.scores, loaded.config.model))
      result.post_hoc.emplace_back(row.name, metrics_of(row.scores, split.owner));
    result.gallery = make_gallery(loaded.model, samples, split);
  }
  const auto best = static_cast<std::size_t>(&result.best() - result.runs.data());
  for (std::size_t r = 0; r < result.runs.size(); ++r) {
    RunResult& run = result.runs[r];
    run.error = standard_error(contributions[r]);
    run.difference = run.test.rsum() - result.runs[0].test.rsum();
    run.difference_error = standard_error(contributions[r], contributions[0]);
    run.gap_to_best = result.runs[best].test.rsum() - run.test.rsum();
    run.gap_to_best_error = standard_error(contributions[r], contributions[best]);
  }
}

/// Trains, tests, and writes metrics.json, report.html and the table.
void run_all(const Flags& flags, const Subject& subject, const std::vector<DemoRun>& runs) {
  const Stopwatch watch;
  const std::filesystem::path root = flags.output;
  const FolderLock lock(root, "mgan demo");
  const std::vector<bool> finished = finished_runs(flags, runs);
  const Config& base = runs[0].config;

  DemoResult result;
  result.subject = subject;
  result.quick = flags.quick;
  result.seed = flags.seed;
  result.words = static_cast<std::int64_t>(base.vocabulary.size());
  result.machine = probe_machine();
  std::fprintf(
      stderr,
      "%zu models, each trained on the same %lld scenes for %lld epochs; threads: %d, %.0f GFLOP/s in a 1024^3 "
      "product\nin %s; when it is interrupted, the same command goes on from there; ETA is that of all of them\n",
      runs.size(), static_cast<long long>(base.data.train_scenes), static_cast<long long>(base.recipe.epochs),
      result.machine.threads, result.machine.gflops, root.c_str());

  result.runs = train_all(flags, runs, finished);
  test_all(flags, result);
  result.seconds = watch.seconds();

  mgan::io::write_file_atomically(root / "metrics.json", result.json().dump(2) + "\n");
  mgan::io::write_file_atomically(root / "report.html", report_html(result));
  std::printf("\nrecalls of the best checkpoint (by validation RSum) on %lld unseen scenes with %lld captions\n\n%s\n",
              static_cast<long long>(result.images), static_cast<long long>(result.captions), result.table().c_str());
  std::printf(
      "%s\nDifferences below about %.0f are noise of %lld scenes (two standard errors, paired); another seed "
      "adds its own.\n\n",
      result.verdict().c_str(), result.noise(), static_cast<long long>(result.images));
  std::printf("%s, threads: %d, %.0f GFLOP/s in a 1024^3 product; %s in all\n%s\n", result.machine.cpu.c_str(),
              result.machine.threads, result.machine.gflops, mgan::train::clock_text(result.seconds).c_str(),
              (root / "report.html").c_str());
}

Config base_config(const Flags& flags) {
  Config base = demo_config(flags.quick, flags.seed);
  base.vocabulary = training_vocabulary(open_dataset(base.data, Split::train), base.data).words;
  return base;
}

void demo(Flags flags) {
  if (flags.output.empty()) flags.output = flags.quick ? "runs/demo-quick" : "runs/demo";
  run_all(flags, {}, demo_runs(base_config(flags)));
}

void compare(Flags flags) {
  if (flags.output.empty()) flags.output = "runs/compare-" + word_of(flags.slot) + (flags.quick ? "-quick" : "");
  Config base = base_config(flags);
  base.recipe.granularity_loss = 1;  // so that the slot learns, however small its weight in the sum
  if (flags.epochs > 0) base.recipe.epochs = flags.epochs;
  Subject subject;
  const std::string slot = word_of(flags.slot);
  subject.title = "Modules in the " + slot + " slot of MGAN on SCENES";
  subject.lead = "The matcher with one module after the other in its " + slot + " slot";
  subject.slot = flags.slot;
  subject.command = "mgan compare --slot " + slot;
  for (const std::string& module : flags.modules) subject.command += " --module " + module;
  if (flags.epochs > 0) subject.command += " --epochs " + std::to_string(flags.epochs);
  run_all(flags, subject, compare_runs(base, flags.slot, flags.modules));
}

}  // namespace

void add_demo_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "demo", "Train MGAN and the paper's four ablations on generated scenes, and write a report");
  const auto flags = std::make_shared<Flags>();
  command->add_flag("--quick", flags->quick, "Few scenes and epochs: under a minute, far from converged");
  command->add_option("-o,--output", flags->output, "Folder of the runs, metrics.json and report.html")
      ->default_str("runs/demo, with --quick runs/demo-quick");
  add_option<&RecipeConfig::seed>(*command, flags->seed, ", for all five");
  command->add_flag("--restart", flags->restart, "Train all five anew; otherwise finished runs are kept, others go on");
  command->footer(
      "The model of each run is the checkpoint with the best RSum on validation scenes; the table is on test scenes.");
  command->callback([flags] { demo(*flags); });
}

void add_compare_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "compare", "Train the matcher on generated scenes with one alignment module after the other, and write a report");
  const auto flags = std::make_shared<Flags>();
  add_option(*command, "--slot", flags->slot, "Where the modules go: patch or region");
  command->add_option(
      "--module", flags->modules,
      "Only these modules (may be repeated; the first is the baseline): " + joined(names_for(&NamedModule::patch)) +
          "; for regions: " + joined(names_for(&NamedModule::region)));
  add_option<&RecipeConfig::epochs>(*command, flags->epochs)->default_str("8");
  command->add_flag("--quick", flags->quick, "Few scenes and epochs, far from converged");
  command->add_option("-o,--output", flags->output, "Folder of the runs, metrics.json and report.html")
      ->default_str("runs/compare-SLOT");
  add_option<&RecipeConfig::seed>(*command, flags->seed, ", for all of them");
  command->add_flag("--restart", flags->restart, "Train all anew; otherwise finished runs are kept, others go on");
  command->footer(
      "The ranking loss is also put on every granularity alone, so that each module is trained whatever its weight.\n"
      "Prints RSum of the whole model and of the slot alone, parameters, time a pair and memory.");
  command->callback([flags] { compare(*flags); });
}

}  // namespace program
