#include <CLI/CLI.hpp>
#include <memory>

#include "app/command_line.hpp"
#include "app/config_fields.hpp"
#include "app/options.hpp"
#include "app/presets.hpp"
#include "commands.hpp"
#include "model/alignments.hpp"
#include "train/trainer.hpp"
#include "variants.hpp"

namespace program {

namespace {

/// The recipe on generated scenes, scored on test scenes, which are painted for that. Quick: few scenes and epochs.
struct OnScenes {
  bool quick = false, restart = false;
  std::string output;
  std::uint64_t seed = 1;
  std::vector<std::uint64_t> seeds;

  Config config() const;
  Study study() const;
};

Config OnScenes::config() const {
  Config config = demo_preset();
  config.data.validation_scenes = 200;  // and as many of the test split
  config.recipe.seed = seed;
  if (quick) {
    config.data.train_scenes = 512;
    config.recipe.epochs = config.recipe.warmup_epochs = config.recipe.decay_every = 3;
    config.recipe.batch = 32;
    config.recipe.warmup_steps = 8;
  }
  return config;
}

Study OnScenes::study() const {
  Study study;
  study.seeds = seeds.empty() ? std::vector{seed} : seeds;
  check_seeds(study.seeds);
  study.folder_per_seed = study.seeds.size() > 1;
  study.split = EvaluatedSplit::test;
  study.output = output;
  study.quick = quick;
  study.restart = restart;
  return study;
}

void demo(OnScenes flags, const CLI::App& command) {
  if (flags.output.empty()) flags.output = flags.quick ? "runs/demo-quick" : "runs/demo";
  Study study = flags.study();
  study.command = command_line(command);
  study.title = "MGAN and its ablations on SCENES";
  study.lead = "The full model and the four ablations of the paper";
  study.variants = ablations(completed(flags.config()));
  run(study);
}

void compare(OnScenes flags, ComparedSlot slot, const std::vector<std::string>& modules, std::int64_t epochs,
             const CLI::App& command) {
  const std::string word = word_of(slot);
  if (flags.output.empty()) flags.output = "runs/compare-" + word + (flags.quick ? "-quick" : "");
  Config base = completed(flags.config());
  base.recipe.granularity_loss = 1;  // so that the slot learns, however small its weight in the sum
  if (epochs > 0) base.recipe.epochs = epochs;
  Study study = flags.study();
  study.command = command_line(command);
  study.title = "Modules in the " + word + " slot of MGAN on SCENES";
  study.lead = "The matcher with one module after the other in its " + word + " slot";
  study.slot = slot;
  study.variants = modules_in(base, slot, modules);
  run(study);
}

void add_seeds_options(CLI::App& command, OnScenes& flags, const std::string& note) {
  CLI::Option* seed = add_option<&RecipeConfig::seed>(command, flags.seed, note);
  add_option(command, "--seeds", flags.seeds, "Each model is trained once with each; means and deviations are printed")
      ->excludes(seed);
}

}  // namespace

void add_demo_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "demo", "Train MGAN and the paper's four ablations on generated scenes, and write a report");
  const auto flags = std::make_shared<OnScenes>();
  command->add_flag("--quick", flags->quick, "Few scenes and epochs: under a minute, far from converged");
  command->add_option("-o,--output", flags->output, "Folder of the runs, metrics.json and report.html")
      ->default_str("runs/demo, with --quick runs/demo-quick");
  add_seeds_options(*command, *flags, ", for all five");
  command->add_flag("--restart", flags->restart, "Train all five anew; otherwise finished runs are kept, others go on");
  command->footer(
      "The model of each run is the checkpoint with the best RSum on validation scenes; the table is on test scenes.");
  command->callback([flags, command] { demo(*flags, *command); });
}

void add_compare_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "compare", "Train the matcher on generated scenes with one alignment module after the other, and write a report");
  struct Flags {
    OnScenes scenes;
    ComparedSlot slot = ComparedSlot::patch;
    std::vector<std::string> modules;  // empty: all that serve the slot
    std::int64_t epochs = 0;           // 0: the demo's
  };
  const auto flags = std::make_shared<Flags>();
  add_option(*command, "--slot", flags->slot, "Where the modules go: patch or region");
  command->add_option(
      "--module", flags->modules,
      "Only these modules (may be repeated; the first is the baseline): " + joined(names_for(&NamedModule::patch)) +
          "; for regions: " + joined(names_for(&NamedModule::region)));
  add_option<&RecipeConfig::epochs>(*command, flags->epochs)->default_str("8");
  command->add_flag("--quick", flags->scenes.quick, "Few scenes and epochs, far from converged");
  command->add_option("-o,--output", flags->scenes.output, "Folder of the runs, metrics.json and report.html")
      ->default_str("runs/compare-SLOT");
  add_seeds_options(*command, flags->scenes, ", for all of them");
  command->add_flag("--restart", flags->scenes.restart,
                    "Train all anew; otherwise finished runs are kept, others go on");
  command->footer(
      "The ranking loss is also put on every granularity alone, so that each module is trained whatever its weight.\n"
      "Prints RSum of the whole model and of the slot alone, parameters, time a pair and memory.");
  command->callback([flags, command] { compare(flags->scenes, flags->slot, flags->modules, flags->epochs, *command); });
}

}  // namespace program
