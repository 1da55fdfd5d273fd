#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "app/command_line.hpp"
#include "app/options.hpp"
#include "commands.hpp"
#include "data/open_dataset.hpp"
#include "train/run_options.hpp"
#include "train/trainer.hpp"
#include "variants.hpp"

namespace program {

namespace {

struct Flags {
  RunOptions run;
  std::vector<std::uint64_t> seeds;
  EvaluatedSplit split = EvaluatedSplit::val;
  std::string output = "runs/ablate";
  bool restart = false;
};

void ablate(const Flags& flags, const CLI::App& command) {
  Study study;
  const Config full = completed(flags.run.config(command, /*quiet=*/true));
  study.variants = ablations(full);
  study.seeds = flags.seeds.empty() ? std::vector{full.recipe.seed} : flags.seeds;
  check_seeds(study.seeds);
  mgan::require(flags.split != EvaluatedSplit::testall || has_region_features(full.data),
                "--split testall: ", full.data.data.text(), " is no folder of features in SCAN's layout");
  study.command = command_line(command);
  study.title = "MGAN and its ablations on " + full.data.data.text();
  study.lead = "The full model and the four ablations of the paper's Table 4";
  study.split = flags.split;
  study.output = flags.output;
  study.device = flags.run.device;
  study.loaders = flags.run.loaders;
  study.folder_per_seed = true;
  study.beside_paper = true;
  study.restart = flags.restart;
  run(study);
}

}  // namespace

void add_ablate_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "ablate", "Train the five models of the paper's Table 4 on data of yours, and print its table beside theirs");
  const auto flags = std::make_shared<Flags>();
  flags->run.add_options(*command);
  add_option(*command, "--seeds", flags->seeds,
             "Each model is trained once with each; means and deviations are printed")
      ->excludes(command->get_option("--seed"));
  add_option(*command, "--split", flags->split,
             "What the table is of: val, or test: the only way to read the test split; testall of a SCAN folder");
  command->add_option("-o,--output", flags->output, "Folder of the runs, metrics.json and report.html")
      ->capture_default_str();
  command->add_flag("--restart", flags->restart, "Train all anew; otherwise finished runs are kept, others go on");
  command->footer(
      "Full model; without patches; without [CLS]; without regions; plain aggregation for the interaction. All five\n"
      "have every option of data, model, encoders and recipe, and the checkpoint of each is that of its best\n"
      "validation. MODEL/seed-N in the folder is a run as `mgan train` leaves it.");
  command->callback([flags, command] { ablate(*flags, *command); });
}

}  // namespace program
