#include "command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/folder_lock.hpp"
#include "app/options.hpp"
#include "data/open_dataset.hpp"
#include "data/published.hpp"
#include "mgan/io/atomic_file.hpp"
#include "model/alignments.hpp"
#include "trainer.hpp"

namespace program {

namespace {

struct Flags {
  Preset preset = Preset::demo;
  std::vector<std::function<void(Config&)>> overrides;
  bool boxes_given = false;
  TrainOptions options{"runs/mgan"};
};

/// An option that overrides a field of the preset when it is given.
template <class V, class Pick>
void override_option(CLI::App& command, Flags& flags, const std::string& name, Pick pick, const std::string& what) {
  Config demo = demo_preset();
  const auto keep = [&flags, pick](const V& value) { flags.overrides.push_back([=](Config& c) { pick(c) = value; }); };
  if constexpr (Textual<V>) {
    command
        .add_option_function<std::string>(
            name, [=](const std::string& text) { keep(parse_text<V>(text, option_name(name))); }, what)
        ->default_str(text_of(pick(demo)));
  } else {
    std::string fallback;
    if constexpr (std::is_same_v<V, std::string>) fallback = pick(demo);
    else fallback = mgan::io::Json(pick(demo)).dump();
    command.add_option_function<V>(name, keep, what)->default_str(fallback);
  }
}

}  // namespace

void add_train_command(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("train", "Train MGAN from scratch or on a feature cache, and validate after every epoch");
  const auto flags = std::make_shared<Flags>();
  add_text_option(*command, "--preset", flags->preset,
                  "demo (small, two cores), paper; on a feature cache mgan-star (both encoders frozen) or mgan (the "
                  "last layer of BERT tuned); options below override it");
  command->add_option("-o,--output", flags->options.output, "Folder of checkpoints, log and metrics")
      ->capture_default_str();
  command->add_flag("--resume", flags->options.resume, "Continue from last.safetensors in the output folder");
  command->add_flag("--quiet", flags->options.quiet, "Print warnings and the result alone");
  command->add_option("--device", flags->options.device, "cpu, cuda or cuda:N")->capture_default_str();

  auto& f = *flags;
  auto& c = *command;
  c.option_defaults()->group("Data");
  override_option<DataChoice>(
      c, f, "--data", [](Config & x) -> auto& { return x.data.data; },
      "scenes (built in), a Karpathy JSON file, a folder with one dataset*.json, a folder of region features in "
      "SCAN's layout, or a cache of `mgan extract`");
  override_option<std::string>(
      c, f, "--images", [](Config & x) -> auto& { return x.data.images; },
      "Folder of the photographs; images/ beside the JSON file when left out");
  override_option<std::string>(
      c, f, "--cache", [](Config & x) -> auto& { return x.data.cache; },
      "Patches and words for the region features of --data: a cache of `mgan extract`, joined by image id");
  override_option<std::string>(
      c, f, "--word-cache", [](Config & x) -> auto& { return x.data.word_cache; },
      "Words from another cache than the patches");
  override_option<mgan::data::JoinBy>(
      c, f, "--join-by", [](Config & x) -> auto& { return x.data.join_by; },
      "What of the cache's images is compared with the ids of --data: name, file, stem, number (COCO's id), id "
      "(Karpathy's imgid), or any: what finds the most");
  override_option<mgan::data::MissingImages>(
      c, f, "--missing", [](Config & x) -> auto& { return x.data.missing; },
      "fatal, or skip: images that one of the sources lacks are left out, with a warning that counts them");
  override_option<BoxChoice>(
      c, f, "--boxes", [](Config & x) -> auto& { return x.data.boxes; },
      "annotated (scenes and caches; photographs get the grid), grid, both (caches), or a JSON file of boxes");
  override_option<std::int64_t>(
      c, f, "--grid", [](Config & x) -> auto& { return x.data.grid; },
      "Boxes a side of the grid; the whole picture is one more");
  override_option<std::int64_t>(
      c, f, "--train-scenes", [](Config & x) -> auto& { return x.data.train_scenes; }, "Scenes to train on");
  override_option<std::int64_t>(
      c, f, "--validation-scenes", [](Config & x) -> auto& { return x.data.validation_scenes; },
      "Scenes to validate on");
  override_option<std::uint64_t>(
      c, f, "--scenes-seed", [](Config & x) -> auto& { return x.data.scenes_seed; }, "Seed of the scenes");
  override_option<std::int64_t>(
      c, f, "--min-count", [](Config & x) -> auto& { return x.data.min_count; },
      "Occurrences that make a word one of the vocabulary");

  override_option<bool>(
      c, f, "--restval", [](Config & x) -> auto& { return x.data.restval; },
      "COCO: train on train and restval, as the field does");
  override_option<mgan::data::BrokenPictures>(
      c, f, "--broken-pictures", [](Config & x) -> auto& { return x.data.broken_pictures; },
      "fatal, or skip: a warning names each picture that is left out");

  c.option_defaults()->group("Model");
  override_option<std::string>(
      c, f, "--region-alignment", [](Config & x) -> auto& { return x.model.region_alignment; },
      joined(names_for(&NamedModule::region)) + ", none");
  override_option<std::string>(
      c, f, "--global-alignment", [](Config & x) -> auto& { return x.model.global_alignment; },
      joined(names_for(&NamedModule::global)) + ", none");
  override_option<std::string>(
      c, f, "--patch-alignment", [](Config & x) -> auto& { return x.model.patch_alignment; },
      joined(names_for(&NamedModule::patch)) + ", none");
  override_option<Scorer>(
      c, f, "--scorer", [](Config & x) -> auto& { return x.model.scorer; },
      "fused (one sweep over all pairs, where the patch module allows it; CPU) or functor");
  override_option<Precision>(
      c, f, "--precision", [](Config & x) -> auto& { return x.model.precision; },
      "Of the encoders' products: fp32, or bf16 by autocast; everything behind them is fp32");
  override_option<double>(
      c, f, "--temperature", [](Config & x) -> auto& { return x.model.temperature; }, "Of the similarity interaction");
  override_option<double>(
      c, f, "--interaction-start", [](Config & x) -> auto& { return x.model.interaction_start; },
      "The interaction's matrices start as this times the identity (1: as the paper; 0: plain means)");
  override_option<Regions>(
      c, f, "--regions", [](Config & x) -> auto& { return x.model.regions; },
      "Region features: pixels (8 x 8 crops) or tokens (pooled from the encoder)");
  override_option<std::int64_t>(
      c, f, "--image-size", [](Config & x) -> auto& { return x.model.image_size; },
      "Pixels a side of the encoder's input");
  override_option<std::int64_t>(
      c, f, "--patch-size", [](Config & x) -> auto& { return x.model.patch_size; }, "Pixels a side of a patch");
  override_option<std::int64_t>(
      c, f, "--vision-width", [](Config & x) -> auto& { return x.model.vision_width; }, "Width of the image encoder");
  override_option<std::int64_t>(
      c, f, "--vision-layers", [](Config & x) -> auto& { return x.model.vision_layers; },
      "Layers of the image encoder");
  override_option<std::int64_t>(
      c, f, "--text-width", [](Config & x) -> auto& { return x.model.text_width; }, "Width of the text encoder");
  override_option<std::int64_t>(
      c, f, "--text-layers", [](Config & x) -> auto& { return x.model.text_layers; }, "Layers of the text encoder");
  override_option<std::int64_t>(
      c, f, "--width", [](Config & x) -> auto& { return x.model.width; }, "D, the joint dimension");
  override_option<std::int64_t>(
      c, f, "-k,--patches", [](Config & x) -> auto& { return x.model.k; }, "K, patches that the selector keeps");
  override_option<std::int64_t>(
      c, f, "--max-words", [](Config & x) -> auto& { return x.model.max_words; }, "L, words of a caption");
  override_option<double>(
      c, f, "--region-weight", [](Config & x) -> auto& { return x.model.region_weight; }, "Weight of S_region");
  override_option<double>(
      c, f, "--global-weight", [](Config & x) -> auto& { return x.model.global_weight; }, "Weight of S_global");
  override_option<double>(
      c, f, "--patch-weight", [](Config & x) -> auto& { return x.model.patch_weight; }, "Weight of S_patch");

  c.option_defaults()->group("Published encoders (a cache, or --vision and --text)");
  override_option<std::string>(
      c, f, "--vision", [](Config & x) -> auto& { return x.encoders.vision; },
      "Hugging Face folder of CLIP or of a plain ViT, frozen: pictures are encoded in every epoch, no cache is needed");
  override_option<std::string>(
      c, f, "--text", [](Config & x) -> auto& { return x.encoders.text; }, "Hugging Face folder of a BERT");
  override_option<mgan::encoders::PictureFit>(
      c, f, "--fit", [](Config & x) -> auto& { return x.encoders.fit; },
      "How a picture becomes the encoder's square: squash (all of it) or crop (the middle, as CLIP does)");
  override_option<std::int64_t>(
      c, f, "--tuned-layers", [](Config & x) -> auto& { return x.encoders.tuned_layers; },
      "Last layers of BERT that are trained: 0 or 1");
  override_option<double>(
      c, f, "--text-learning-rate", [](Config & x) -> auto& { return x.encoders.text_learning_rate; },
      "Adam's step for them");
  override_option<Standardize>(
      c, f, "--standardize", [](Config & x) -> auto& { return x.encoders.standardize; },
      "Features by mean (center), or mean and deviation (scale), of the training split; or none");

  c.option_defaults()->group("Recipe");
  override_option<std::int64_t>(
      c, f, "--epochs", [](Config & x) -> auto& { return x.recipe.epochs; }, "Passes over the training images");
  override_option<std::int64_t>(
      c, f, "--batch", [](Config & x) -> auto& { return x.recipe.batch; }, "Images a step");
  override_option<std::int64_t>(
      c, f, "--captions-per-image", [](Config & x) -> auto& { return x.recipe.captions_per_image; },
      "Captions of each image a step");
  override_option<double>(
      c, f, "--learning-rate", [](Config & x) -> auto& { return x.recipe.learning_rate; }, "Adam's step");
  override_option<std::int64_t>(
      c, f, "--decay-every", [](Config & x) -> auto& { return x.recipe.decay_every; },
      "Epochs after which the rate is divided by ten");
  override_option<double>(
      c, f, "--clip", [](Config & x) -> auto& { return x.recipe.clip; }, "Longest gradient");
  override_option<double>(
      c, f, "--margin", [](Config & x) -> auto& { return x.recipe.margin; }, "Of the ranking loss");
  override_option<std::int64_t>(
      c, f, "--warmup-epochs", [](Config & x) -> auto& { return x.recipe.warmup_epochs; },
      "Epochs with the sum over all negatives");
  override_option<std::int64_t>(
      c, f, "--warmup-steps", [](Config & x) -> auto& { return x.recipe.warmup_steps; },
      "Steps of a rising learning rate");
  override_option<Balance>(
      c, f, "--balance", [](Config & x) -> auto& { return x.recipe.balance; },
      "camera (ranking + 0.01 diversity) or as_printed");
  override_option<double>(
      c, f, "--granularity-loss", [](Config & x) -> auto& { return x.recipe.granularity_loss; },
      "Weight of a ranking loss on every granularity alone, added to that of the sum");
  override_option<double>(
      c, f, "--patch-loss", [](Config & x) -> auto& { return x.recipe.patch_loss; },
      "The same for the patch score alone");
  override_option<std::int64_t>(
      c, f, "--patch-epochs", [](Config & x) -> auto& { return x.recipe.patch_epochs; },
      "Epochs at the start that train the patch score alone");
  override_option<double>(
      c, f, "--weight-decay", [](Config & x) -> auto& { return x.recipe.weight_decay; },
      "Decoupled weight decay, of matrices alone");
  override_option<double>(
      c, f, "--word-dropout", [](Config & x) -> auto& { return x.recipe.word_dropout; },
      "Share of the training words that become [UNK]");
  override_option<Augment>(
      c, f, "--augment", [](Config & x) -> auto& { return x.recipe.augment; },
      "none, crop, or flip (crop, and mirrored half of the time)");
  override_option<std::uint64_t>(
      c, f, "--seed", [](Config & x) -> auto& { return x.recipe.seed; }, "Of weights, order and noise");
  override_option<std::int64_t>(
      c, f, "--validate-every", [](Config & x) -> auto& { return x.recipe.validate_every; }, "Epochs");
  override_option<std::int64_t>(
      c, f, "--validation-images", [](Config & x) -> auto& { return x.recipe.validation_images; },
      "First images to validate on; 0: all");
  override_option<std::int64_t>(
      c, f, "--checkpoint-every", [](Config & x) -> auto& { return x.recipe.checkpoint_every; },
      "Steps between checkpoints; 0: every epoch");
  override_option<std::int64_t>(
      c, f, "--epoch-steps", [](Config & x) -> auto& { return x.recipe.epoch_steps; },
      "Steps an epoch at most; 0: once through the images");

  command->footer(
      "Writes last.safetensors (to resume), best.safetensors (by validation RSum), log.jsonl and metrics.json.\n"
      "The test split is never read.");
  command->callback([flags, command] {
    flags->boxes_given = command->count("--boxes") > 0;
    Config given;  // --data decides which demo it is
    for (const auto& apply : flags->overrides) apply(given);
    Config config = preset(flags->preset, given.data.data);
    if (has_region_features(given.data) && given.data.cache.empty()) {
      regions_alone(config);
      if (!flags->options.quiet)
        std::fprintf(stderr,
                     "%s has region features and no pictures: patches and [CLS] are left out, the score is that of the "
                     "regions\n",
                     given.data.data.text().c_str());
    }
    for (const auto& apply : flags->overrides) apply(config);
    // Published encoders have a grid and, if they were asked for, annotated boxes; nobody gets these without asking.
    const bool encoded = is_cache(config.data.data) || config.encoders.used();
    if (encoded && !flags->boxes_given) config.data.boxes = {BoxKind::grid};
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
