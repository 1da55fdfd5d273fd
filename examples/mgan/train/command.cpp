#include "command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/folder_lock.hpp"
#include "app/options.hpp"
#include "app/overrides.hpp"
#include "app/presets.hpp"
#include "data/open_dataset.hpp"
#include "data/published.hpp"
#include "mgan/io/atomic_file.hpp"
#include "model/alignments.hpp"
#include "trainer.hpp"

namespace program {

namespace {

struct Flags {
  Preset preset = Preset::demo;
  Overrides overrides;
  TrainOptions options{"runs/mgan"};
};

}  // namespace

void add_train_command(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("train", "Train MGAN from scratch or on a feature cache, and validate after every epoch");
  const auto flags = std::make_shared<Flags>();
  add_option(*command, "--preset", flags->preset,
             "demo (small, two cores), paper; on a feature cache mgan-star (both encoders frozen) or mgan (the "
             "last layer of BERT tuned); options below override it");
  command->add_option("-o,--output", flags->options.output, "Folder of checkpoints, log and metrics")
      ->capture_default_str();
  command->add_flag("--resume", flags->options.resume, "Continue from last.safetensors in the output folder");
  command->add_flag("--quiet", flags->options.quiet, "Print warnings and the result alone");
  add_device_option(*command, flags->options.device);
  add_option(*command, "--loaders", flags->options.loaders,
             "Threads that read batches ahead of the step; any number gives the same bits", between(0, 64));

  flags->overrides.add_options(*command, {{"region_alignment", ": " + joined(names_for(&NamedModule::region))},
                                          {"global_alignment", ": " + joined(names_for(&NamedModule::global))},
                                          {"patch_alignment", ": " + joined(names_for(&NamedModule::patch))}});
  command->footer(
      "Writes last.safetensors (to resume), best.safetensors (by validation RSum), log.jsonl and metrics.json.\n"
      "The test split is never read.");
  command->callback([flags, command] {
    Config given;  // --data decides which demo it is
    flags->overrides.apply(given);
    Config config = preset(flags->preset, given.data.data);
    if (has_region_features(given.data) && given.data.cache.empty()) {
      regions_alone(config);
      if (!flags->options.quiet)
        std::fprintf(stderr,
                     "%s has region features and no pictures: patches and [CLS] are left out, the score is that of the "
                     "regions\n",
                     given.data.data.text().c_str());
    }
    flags->overrides.apply(config);
    // Published encoders have a grid and, if they were asked for, annotated boxes; nobody gets these without asking.
    const bool cached = is_cache(config.data.data) || !config.data.cache.empty();
    if ((is_cache(config.data.data) || config.encoders.used()) && command->count("--boxes") == 0)
      config.data.boxes = {BoxKind::grid};
    if (!cached && !config.encoders.used()) check(config);  // the others have the sizes of their encoders
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
