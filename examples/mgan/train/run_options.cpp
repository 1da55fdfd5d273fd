#include "run_options.hpp"

#include <cstdio>

#include "app/options.hpp"
#include "data/open_dataset.hpp"
#include "data/published.hpp"
#include "model/alignments.hpp"

namespace program {

void RunOptions::add_options(CLI::App& command) {
  add_option(command, "--preset", preset,
             "demo (small, two cores), paper (from random weights); on published encoders mgan-star (both frozen) or "
             "mgan (the last layer of BERT tuned), the paper's experiment, and mgan-small; options below override it");
  add_option(command, "--recipe", recipe,
             "Epochs of the presets paper, mgan-star and mgan: flickr30k (30, a tenth of the rate every 10) or coco "
             "(40, every 20)");
  overrides_.add_options(command, {{"region_alignment", ": " + joined(names_for(&NamedModule::region))},
                                   {"global_alignment", ": " + joined(names_for(&NamedModule::global))},
                                   {"patch_alignment", ": " + joined(names_for(&NamedModule::patch))}});
  add_device_option(command, device);
  add_option(command, "--loaders", loaders,
             "Threads that read batches ahead of the step; any number gives the same bits", between(0, 64));
}

Config RunOptions::config(const CLI::App& command, bool quiet) const {
  Config given;  // --data decides which demo it is
  overrides_.apply(given);
  Config config = program::preset(preset, given.data.data);
  use_recipe(config, preset, recipe);
  const bool features = has_region_features(given.data);
  const bool cached = is_cache(given.data.data) || !given.data.cache.empty();
  const bool published = preset == Preset::mgan || preset == Preset::mgan_star || preset == Preset::mgan_small;
  mgan::require(!published || cached || given.encoders.used(), given.data.data.text(), ": the preset ", word_of(preset),
                " trains on published encoders: ",
                features
                    ? "--cache CACHE, of `mgan extract`; or --images FOLDER --ids FILE --vision FOLDER --text FOLDER"
                    : "on a cache of `mgan extract`, or with --vision FOLDER --text FOLDER");
  for (const char* option : {"--images", "--ids", "--augment"})
    mgan::require(!cached || command.count(option) == 0, option, ": the pictures of a cache are encoded already");
  if (features && given.data.cache.empty() && given.encoders.vision.empty()) {
    regions_alone(config);
    if (!quiet)
      std::fprintf(stderr,
                   "%s has region features and no pictures: patches and [CLS] are left out, the score is that of the "
                   "regions\n",
                   given.data.data.text().c_str());
  }
  overrides_.apply(config);
  // Published encoders have a grid and, if they were asked for, annotated boxes; nobody gets these without asking.
  if ((is_cache(config.data.data) || (config.encoders.used() && !features)) && command.count("--boxes") == 0)
    config.data.boxes = {BoxKind::grid};
  if (!cached && !config.encoders.used()) check(config);  // the others have the sizes of their encoders
  return config;
}

}  // namespace program
