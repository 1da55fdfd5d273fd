#include "trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include "app/device.hpp"
#include "data/open_dataset.hpp"
#include "data/published.hpp"
#include "mgan/data/fingerprint.hpp"
#include "mgan/train/callbacks/keep_best.hpp"
#include "mgan/train/callbacks/resume.hpp"
#include "mgan/train/callbacks/save_checkpoint.hpp"
#include "mgan/train/callbacks/show_progress.hpp"
#include "mgan/train/callbacks/stop_early.hpp"
#include "mgan/train/callbacks/validate.hpp"
#include "mgan/train/callbacks/watch_for_collapse.hpp"
#include "mgan/train/callbacks/write_log.hpp"
#include "mgan/train/every_caption.hpp"
#include "mgan/train/fit.hpp"
#include "mgan/train/keep_heap.hpp"
#include "mgan/train/schedules.hpp"
#include "mgan/train/shuffle.hpp"
#include "model/load.hpp"
#include "model/scoring.hpp"
#include "teacher.hpp"

namespace program {

namespace mt = mgan::train;
using mgan::data::Split;
using mgan::io::Json;

namespace {

struct TrainBatch {
  ImageBatch images;
  CaptionBatch captions;  // c * I + i: caption group c of image i
};

/// How many captions each image has.
std::vector<std::int64_t> captions_of(const Samples& samples) {
  std::vector<std::int64_t> counts;
  for (const auto& example : samples.dataset().examples) counts.push_back(std::ssize(example.captions));
  return counts;
}

/// The training split as batches: a pure function of seed, epoch and place says which images, which of their captions,
/// which crop.
struct SampleBatches {
  const Samples& samples;
  const RecipeConfig& recipe;
  std::string data;
  std::optional<mt::EveryCaption> pairs = {};  // where an epoch is of captions

  std::int64_t steps() const {
    const std::int64_t all = pairs ? pairs->steps() : static_cast<std::int64_t>(samples.size()) / recipe.batch;
    return recipe.epoch_steps > 0 ? std::min(std::min(recipe.epoch_steps, all) * recipe.accumulate, all) : all;
  }
  std::string fingerprint() const { return data; }

  TrainBatch batch(std::int64_t epoch, std::int64_t place) const {
    std::vector<std::int64_t> which;
    std::vector<CaptionIndex> captions;
    if (pairs) choose_pairs(epoch, place, which, captions);
    else choose_images(epoch, place, which, captions);
    const auto turn = static_cast<std::uint64_t>(epoch) + 1;
    // Another crop in every round of the images.
    const std::uint64_t crop =
        pairs ? mt::mix(recipe.seed, turn, static_cast<std::uint64_t>(place) + 1) : mt::mix(recipe.seed, turn);
    return {samples.images(which, crop),
            samples.tokens(captions, mt::mix(recipe.seed, turn, static_cast<std::uint64_t>(place) + 1))};
  }

 private:
  void choose_pairs(std::int64_t epoch, std::int64_t place, std::vector<std::int64_t>& which,
                    std::vector<CaptionIndex>& captions) const {
    for (const mt::ImageCaption& pair : pairs->batch(epoch, place)) {
      which.push_back(pair.image);
      captions.push_back({static_cast<std::size_t>(pair.image), static_cast<std::size_t>(pair.caption)});
    }
  }
  void choose_images(std::int64_t epoch, std::int64_t place, std::vector<std::int64_t>& which,
                     std::vector<CaptionIndex>& captions) const {
    const auto order = mt::epoch_permutation(static_cast<std::int64_t>(samples.size()), recipe.seed, epoch);
    which.assign(order.begin() + place * recipe.batch, order.begin() + (place + 1) * recipe.batch);
    for (std::int64_t c = 0; c < recipe.captions_per_image; ++c) {
      for (const std::int64_t image : which) {
        const auto i = static_cast<std::size_t>(image);
        const std::size_t count = samples.dataset().examples[i].captions.size();
        // A start of its own for every image, then one caption after the other: all are seen equally often.
        const std::uint64_t start = mt::mix(recipe.seed, 0xca97, static_cast<std::uint64_t>(image));
        const auto turn = static_cast<std::uint64_t>(epoch * recipe.captions_per_image + c);
        captions.push_back({i, static_cast<std::size_t>((start + turn) % count)});
      }
    }
  }
};

/// Validation RSum of every granularity on its own: one that stays at chance is not learning.
Json rsum_of_each(const ScoredSplit& scored) {
  Json alone = Json::object();
  const auto add = [&](const char* name, const at::Tensor& scores) {
    if (scores.defined()) alone[name] = metrics_of(scores, scored.owner).rsum();
  };
  add("region", scored.scores.region);
  add("global", scored.scores.global);
  add("patch", scored.scores.patch);
  return alone;
}

mt::Validation validate(const Model& model, const Samples& samples, std::int64_t limit) {
  const ScoredSplit scored = score_split(model, samples, limit);
  mt::Validation found = mt::validation_of(metrics_of(model.combine(scored.scores), scored.owner));
  const Json alone = rsum_of_each(scored);
  found.record["rsum_alone"] = alone;
  std::string each;
  for (const auto& [name, rsum] : alone.items()) {
    char number[32];
    std::snprintf(number, sizeof number, " %.1f", rsum.get<double>());
    each += (each.empty() ? "" : ", ") + name + number;
  }
  found.line += " (alone: " + each + ")";
  return found;
}

/// The loss of a batch at a step, and its parts for the log.
mt::Loss loss_of(const Model& model, const Config& config, const std::optional<Teacher>& teacher,
                 const TrainBatch& batch, const mt::Step& step, at::Generator& selector) {
  const BatchLoss now = model.loss.at_step(step, config.recipe, config.loss);
  const at::Tensor target = teacher ? (*teacher)(batch.images, batch.captions) : at::Tensor();
  mgan::StateUpdates<at::Tensor> updates;
  const TrainingStep training{selector, updates};
  const MatcherState images = model.prepare_images(batch.images, &training);
  const MatcherState texts = model.prepare_texts(batch.captions, &training);
  const Losses loss = matching_loss(model, config, now, {images, texts, batch.images.image_ids, target},
                                    step.epoch < config.recipe.patch_epochs ? LossOn::patches : LossOn::all, &training);
  mt::Loss result{loss.total, {{"ranking", loss.ranking}, {"diversity", loss.diversity}}, std::move(updates)};
  if (target.defined()) result.numbers.emplace_back("distillation", loss.distillation);
  if (const at::Tensor scale = now.scale(); scale.defined()) result.numbers.emplace_back("scale", scale.item<double>());
  if (config.loss.ramp_epoch > 0) result.total = result.total * mt::Ramp{config.loss.ramp_epoch - 1}(step);
  return result;
}

void check(const RecipeConfig& recipe, const Samples& samples) {
  mgan::require(recipe.batch >= 2, "batch is ", recipe.batch, ", expected at least 2");
  mgan::require(recipe.epochs >= 1, "epochs is ", recipe.epochs, ", expected at least 1");
  mgan::require(recipe.captions_per_image >= 1, "captions_per_image is ", recipe.captions_per_image);
  mgan::require(recipe.epoch_steps >= 0, "epoch_steps is ", recipe.epoch_steps, ", expected 0 or more");
  if (recipe.epoch_of == EpochOf::captions) {
    mgan::require(recipe.captions_per_image == 1, "--captions-per-image is ", recipe.captions_per_image,
                  ", expected 1: an epoch is of captions, each with its image");
    mgan::require(samples.size() >= 2, "one training image has no negatives");
  }
  const bool of_captions = recipe.epoch_of == EpochOf::captions;
  const auto all = static_cast<std::int64_t>(of_captions ? samples.captions().size() : samples.size());
  mgan::require(all >= recipe.batch, "batch is ", recipe.batch, ", but there are ", all, " training ",
                of_captions ? "captions" : "images", " (--batch)");
  const std::int64_t batches = all / recipe.batch;
  mgan::require(batches >= recipe.accumulate, "accumulate is ", recipe.accumulate, ", but there are ", batches,
                " batches an epoch (--accumulate)");
}

/// The configuration's recipe for the library's loop. What stands between published encoders and the matcher is frozen,
/// but for the tuned layer, which has a rate of its own.
mt::Recipe recipe_of(const Config& config, const mt::NamedTensors& weights, at::Generator selector) {
  const RecipeConfig& r = config.recipe;
  mt::Recipe recipe;
  recipe.epochs = r.epochs;
  recipe.adam = {.learning_rate = r.learning_rate, .weight_decay = r.weight_decay};
  if (r.schedule == RateSchedule::cosine) recipe.schedule = mt::WarmUp{r.warmup_steps, mt::Cosine{}};
  else recipe.schedule = mt::WarmUp{r.warmup_steps, mt::StepDecay{r.decay, r.decay_every}};
  for (const auto& [name, weight] : weights)
    if (name.starts_with("published.") && !name.starts_with("published.tuned.")) recipe.frozen.push_back(name);
  if (config.encoders.tuned_layers > 0)
    recipe.groups.push_back({.below = "published.tuned", .learning_rate = config.encoders.text_learning_rate});
  recipe.clip = r.clip;
  recipe.accumulate = r.accumulate;
  recipe.average = r.average;
  recipe.generators = {{"selector", std::move(selector)}};
  recipe.config = Json(config).dump();
  return recipe;
}

/// What differs between two stored configurations.
std::string config_changes(const std::string& stored, const std::string& wanted) {
  return differences(mgan::io::parse_json(stored, "the stored configuration"), Json::parse(wanted));
}

/// The first line of a run.
struct Announce {
  const TrainOptions& options;
  const Samples& samples;
  const Config& config;
  std::int64_t parameters;

  void begin(const mt::Run& run) const {
    if (options.quiet) return;
    std::fprintf(stderr, "%lld images, %lld captions, %lld words; %lld parameters; %lld epochs of %lld steps%s\n",
                 static_cast<long long>(samples.size()), static_cast<long long>(samples.captions().size()),
                 static_cast<long long>(config.vocabulary.size()), static_cast<long long>(parameters),
                 static_cast<long long>(run.recipe.epochs), static_cast<long long>(run.steps_an_epoch),
                 run.resumed ? (", resumed at step " + std::to_string(run.state.step)).c_str() : "");
  }
};

/// Whoever asked to follow the run.
struct Follow {
  const TrainOptions& options;

  void begin(mt::Run& run) const {
    if (options.say) run.say = options.say;
    if (options.begun) options.begun(run.steps());
  }
  void step_taken(const mt::Run& run, const mt::StepResult& result) const {
    if (options.step_taken) options.step_taken(run.state.step, run.state.epoch, result.loss);
  }
};

}  // namespace

Config completed(Config config) {
  config.loss.teacher_sha256 = teacher_sha256(config.loss);
  adopt_encoders(config);
  const bool expected = config.encoders.tuned_layers > 0 || config.encoders.standardize != Standardize::none;
  mgan::require(!expected || config.encoders.used(), config.data.data.text(),
                ": this preset trains on published encoders: on a cache of `mgan extract`, or on photographs with ",
                "--vision and --text");
  const bool given_regions = config.model.regions == Regions::features && config.model.region_width == 0;
  if (config.encoders.used() || (!config.vocabulary.empty() && !given_regions)) return config;
  const mgan::data::Dataset data = open_dataset(config.data, Split::train);
  config.model.region_width = data.region_width;
  if (config.vocabulary.empty()) config.vocabulary = training_vocabulary(data, config.data).words;
  return config;
}

TrainResult train(Config config, const TrainOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  const RecipeConfig& recipe = config.recipe;
  mgan::require(!is_low_precision(config.model.scorer), "train: scorer is '", word_of(config.model.scorer),
                "', which only evaluates; expected fused or functor");
  const at::Device device = device_named(options.device);
  mt::keep_heap();
  std::filesystem::create_directories(options.output);

  config = completed(std::move(config));
  const Samples samples = make_samples(config, Split::train), validation = make_samples(config, Split::val);
  check(recipe, samples);
  SampleBatches batches{
      samples, recipe,
      mgan::data::fingerprint(samples.dataset()) + ", " + mgan::data::fingerprint(validation.dataset())};
  if (recipe.epoch_of == EpochOf::captions) batches.pairs.emplace(captions_of(samples), recipe.batch, recipe.seed);

  Model model = Model::create(config, recipe.seed);
  const bool goes_on = options.resume && std::filesystem::exists(options.output / "last.safetensors");
  if (!goes_on) {  // else the checkpoint has them
    if (!options.quiet && config.encoders.used() && config.encoders.standardize != Standardize::none)
      std::fprintf(stderr, "mean and deviation of the features of %zu training images\n", samples.size());
    standardize_features(model, config, samples);
  }
  model.move_to(device);
  at::Generator selector = make_generator(device, recipe.seed);
  std::optional<Teacher> teacher;
  if (!config.loss.teacher.empty()) teacher = Teacher::load(config, options.device);
  auto trained = mt::with_loss(model, [&](const TrainBatch& batch, const mt::Step& step) {
    return loss_of(model, config, teacher, batch, step, selector);
  });
  const auto plateau = [&](const mt::Step& step) {
    return model.loss.at_step(step, recipe, config.loss).of_equal_scores(recipe.batch);
  };

  TrainResult result{config, mgan::count_parameters(model), static_cast<std::int64_t>(samples.size())};
  const mt::NamedTensors frozen = mt::with_prefix(mt::named_parameters(model), "published.");
  for (const auto& [name, weight] : frozen)
    if (!name.starts_with("published.tuned.")) result.parameters -= weight.numel();
  mt::Recipe how = recipe_of(config, mt::named_parameters(model), selector);
  how.loaders = options.loaders;
  const mt::Run run = mt::fit(
      trained, batches, how, Follow{options},
      mt::Resume{options.output / "last.safetensors", options.resume, config_changes},
      Announce{options, samples, config, result.parameters},
      mt::Validate{[&] { return validate(model, validation, recipe.validation_images); }, recipe.validate_every},
      mt::WriteLog{options.output / "log.jsonl"},
      mt::ShowProgress{.pairs = recipe.batch * recipe.captions_per_image * recipe.accumulate, .on = !options.quiet},
      mt::WatchForCollapse{.plateau = plateau,
                           .advice = has_hardest(config.loss) ? "try a lower learning rate or more --warmup-epochs"
                                                              : "try a lower learning rate"},
      mt::KeepBest{options.output / "best.safetensors"},
      mt::StopEarly{.patience = recipe.patience, .on = recipe.patience > 0},
      mt::SaveCheckpoint{options.output / "last.safetensors", recipe.checkpoint_every});
  result.best_rsum = run.state.best_score;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

}  // namespace program
