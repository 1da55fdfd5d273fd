#include "command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/command_line.hpp"
#include "app/folder_lock.hpp"
#include "app/options.hpp"
#include "mgan/io/atomic_file.hpp"
#include "run_options.hpp"
#include "trainer.hpp"

namespace program {

namespace {

struct Flags {
  RunOptions run;
  std::vector<std::uint64_t> seeds;
  TrainOptions options{"runs/mgan"};
};

}  // namespace

void add_train_command(CLI::App& program, std::function<void(const SeveralSeeds&)> train_all) {
  CLI::App* command =
      program.add_subcommand("train", "Train MGAN from scratch or on a feature cache, and validate after every epoch");
  const auto flags = std::make_shared<Flags>();
  flags->run.add_options(*command);
  command->add_option("-o,--output", flags->options.output, "Folder of checkpoints, log and metrics")
      ->capture_default_str();
  command->add_flag("--resume", flags->options.resume, "Continue from last.safetensors in the output folder");
  CLI::Option* quiet = command->add_flag("--quiet", flags->options.quiet, "Print warnings and the result alone");
  add_option(*command, "--seeds", flags->seeds,
             "One run a seed, below the output folder; prints each, mean and deviation, and intervals for any two")
      ->excludes(command->get_option("--seed"))
      ->excludes(quiet);
  command->footer(
      "Writes last.safetensors (to resume), best.safetensors (by validation RSum), log.jsonl and metrics.json.\n"
      "With --seeds also report.html; a run is in seed-N, as one alone leaves it. The test split is never read.");
  command->callback([flags, command, train_all = std::move(train_all)] {
    const Config config = flags->run.config(*command, flags->options.quiet);
    flags->options.device = flags->run.device;
    flags->options.loaders = flags->run.loaders;
    if (!flags->seeds.empty()) return train_all({config, flags->seeds, flags->options, command_line(*command)});
    const FolderLock lock(flags->options.output, "mgan train");
    const TrainResult result = train(config, flags->options);
    const mgan::io::Json metrics = {{"best_validation_rsum", result.best_rsum},
                                    {"parameters", result.parameters},
                                    {"seconds", result.seconds},
                                    {"config", [&] {
                                       mgan::io::Json j = result.config;
                                       j.erase("vocabulary");
                                       return j;
                                     }()}};
    mgan::io::write_file_atomically(flags->options.output / "metrics.json", metrics.dump(2) + "\n");
    std::printf("trained in %.0f s: best validation RSum %.1f of 600; %s\n", result.seconds, result.best_rsum,
                (flags->options.output / "best.safetensors").c_str());
  });
}

}  // namespace program
