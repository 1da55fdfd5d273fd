#include "commands.hpp"
#include "study.hpp"
#include "train/command.hpp"

namespace program {

void train_seeds(const SeveralSeeds& asked) {
  Study study;
  study.seeds = asked.seeds;
  check_seeds(study.seeds);
  mgan::require(study.seeds.size() >= 2, "--seeds: one seed, expected two or more; --seed trains one");
  const Config config = completed(asked.config);
  study.variants = {{"", "model", "", config}};
  study.command = asked.command;
  study.title = "One model with several seeds, on " + config.data.data.text();
  study.lead = "One configuration";
  study.output = asked.options.output;
  study.device = asked.options.device;
  study.loaders = asked.options.loaders;
  study.folder_per_seed = true;
  study.restart = !asked.options.resume;
  study.anew = "without --resume all are trained anew";
  run(study);
}

}  // namespace program
