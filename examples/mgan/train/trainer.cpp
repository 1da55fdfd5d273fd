#include "trainer.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "app/device.hpp"
#include "data/feature_source.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/train/adam.hpp"
#include "mgan/train/checkpoint.hpp"
#include "mgan/train/clip_gradients.hpp"
#include "mgan/train/collapse.hpp"
#include "mgan/train/jsonl.hpp"
#include "mgan/train/loader.hpp"
#include "mgan/train/parameters.hpp"
#include "mgan/train/progress.hpp"
#include "mgan/train/shuffle.hpp"
#include "model/load.hpp"
#include "model/scoring.hpp"

namespace program {

namespace mt = mgan::train;
using mgan::data::Split;
using mgan::io::Json;

namespace {

struct TrainBatch {
  ImageBatch images;
  CaptionBatch captions;  // c * I + i: caption group c of image i
};

/// A pure function of seed, epoch and place: which images, which of their captions, which crop.
TrainBatch make_batch(const Samples& samples, const RecipeConfig& recipe, const std::vector<std::int64_t>& order,
                      std::int64_t epoch, std::int64_t place) {
  const std::vector<std::int64_t> which(order.begin() + place * recipe.batch,
                                        order.begin() + (place + 1) * recipe.batch);
  std::vector<CaptionIndex> captions;
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
  const auto turn = static_cast<std::uint64_t>(epoch) + 1;
  return {samples.images(which, mt::mix(recipe.seed, turn)),
          samples.tokens(captions, mt::mix(recipe.seed, turn, static_cast<std::uint64_t>(place) + 1))};
}

double learning_rate(const RecipeConfig& recipe, std::int64_t epoch, std::int64_t step) {
  const double rate = mt::StepDecay{recipe.learning_rate, recipe.decay, recipe.decay_every}(epoch);
  return step < recipe.warmup_steps ? rate * static_cast<double>(step + 1) / static_cast<double>(recipe.warmup_steps)
                                    : rate;
}

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

void check(const RecipeConfig& recipe, const Samples& samples) {
  mgan::require(recipe.batch >= 2, "batch is ", recipe.batch, ", expected at least 2");
  mgan::require(recipe.epochs >= 1, "epochs is ", recipe.epochs, ", expected at least 1");
  mgan::require(recipe.captions_per_image >= 1, "captions_per_image is ", recipe.captions_per_image);
  mgan::require(recipe.epoch_steps >= 0, "epoch_steps is ", recipe.epoch_steps, ", expected 0 or more");
  mgan::require(static_cast<std::int64_t>(samples.size()) >= recipe.batch, "batch is ", recipe.batch,
                ", but there are ", samples.size(), " training images");
}

}  // namespace

TrainResult train(Config config, const TrainOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  const RecipeConfig& recipe = config.recipe;
  mgan::require(!is_low_precision(config.model.scorer), "train: scorer is '", word_of(config.model.scorer),
                "', which only evaluates; expected fused or functor");
  const at::Device device = device_named(options.device);
  std::filesystem::create_directories(options.output);
  const auto last_path = options.output / "last.safetensors", best_path = options.output / "best.safetensors";
  const auto log_path = options.output / "log.jsonl";
  const bool resuming = options.resume && std::filesystem::exists(last_path);

  if (is_cache(config.data.data)) adopt_cache(config);
  mgan::require(config.encoders.tuned_layers == 0 || config.encoders.used(), config.data.data.text(),
                ": this preset trains ", "on a feature cache; make one with `mgan extract`");
  const bool given_regions = config.model.regions == Regions::features && config.model.region_width == 0;
  if (!config.encoders.used() && (config.vocabulary.empty() || given_regions)) {
    const mgan::data::Dataset data = open_dataset(config.data, Split::train);
    config.model.region_width = data.region_width;
    if (config.vocabulary.empty()) config.vocabulary = training_vocabulary(data, config.data).words;
  }
  const Samples samples = make_samples(config, Split::train);
  const Samples validation = make_samples(config, Split::val);
  check(recipe, samples);

  Model model = Model::create(config, recipe.seed);
  if (samples.published()) prepare_published(model, config, *samples.published());
  model.move_to(device);
  const mt::NamedTensors stored = mt::named_parameters(model);
  mt::NamedTensors weights, slow;  // those that a gradient moves; the tuned layer has a rate of its own
  for (const auto& [name, weight] : stored) {
    if (name.starts_with("published.") && !name.starts_with("published.tuned.")) continue;
    weights.emplace_back(name, weight);
  }
  mt::set_requires_grad(weights, true);
  mt::NamedTensors fast;
  for (const auto& entry : weights) (entry.first.starts_with("published.") ? slow : fast).push_back(entry);
  mt::Adam adam(fast, {.learning_rate = recipe.learning_rate, .weight_decay = recipe.weight_decay});
  mt::Adam slow_adam(slow, {.learning_rate = config.encoders.text_learning_rate, .weight_decay = recipe.weight_decay});
  at::Generator generator = make_generator(device, recipe.seed);
  mt::CheckpointParts parts{stored, adam.state(), {{"selector", generator}}};
  for (const auto& entry : slow_adam.state()) parts.optimizer.push_back(entry);

  mt::TrainingState state;
  state.config = Json(config).dump();
  state.best_rsum = -1;  // so that the first validation is the best one so far, whatever it finds
  if (resuming) {
    const Json stored =
        mgan::io::parse_json(mt::read_training_state(last_path).config, last_path.string() + ": config");
    const std::string changes = differences(stored, Json(config));
    mgan::require(changes.empty(), last_path.string(), ": was written with another configuration (", changes,
                  "); train into another folder, or drop --resume");
    state = mt::load_checkpoint(last_path, parts);
  } else {  // killed before its first checkpoint, this run must not be resumed from an older one
    std::filesystem::remove(last_path);
    std::filesystem::remove(best_path);
  }
  mt::JsonLog fresh_or_resumed = resuming ? mt::JsonLog::resume(log_path, state.step) : mt::JsonLog(log_path);
  mt::JsonLog& log = fresh_or_resumed;

  const std::int64_t all_steps = static_cast<std::int64_t>(samples.size()) / recipe.batch;
  const std::int64_t steps_an_epoch = recipe.epoch_steps > 0 ? std::min(all_steps, recipe.epoch_steps) : all_steps;
  const std::int64_t total = steps_an_epoch * recipe.epochs;
  TrainResult result{config, 0, 0, 0};
  for (const auto& [name, weight] : weights) result.parameters += weight.numel();
  if (!options.quiet) {
    std::fprintf(stderr, "%lld images, %lld captions, %lld words; %lld parameters; %lld epochs of %lld steps%s\n",
                 static_cast<long long>(samples.size()), static_cast<long long>(samples.captions().size()),
                 static_cast<long long>(config.vocabulary.size()), static_cast<long long>(result.parameters),
                 static_cast<long long>(recipe.epochs), static_cast<long long>(steps_an_epoch),
                 resuming ? (", resumed at step " + std::to_string(state.step)).c_str() : "");
  }

  mt::Progress progress(total, recipe.batch * recipe.captions_per_image);
  mt::CollapseDetector collapse;
  bool warned = false;
  while (state.epoch < recipe.epochs) {
    const std::int64_t epoch = state.epoch;
    const bool all_negatives = epoch < recipe.warmup_epochs;
    const double plateau = all_negatives ? mt::collapsed_loss_all(recipe.batch, recipe.margin)
                                         : mt::collapsed_loss_hardest(recipe.batch, recipe.margin);
    const auto order = mt::epoch_permutation(static_cast<std::int64_t>(samples.size()), recipe.seed, epoch);
    mt::PrefetchingLoader<TrainBatch> loader(
        state.step - epoch * steps_an_epoch, steps_an_epoch,
        [&](std::int64_t place) { return make_batch(samples, recipe, order, epoch, place); }, 1);
    while (const auto batch = loader.next()) {
      adam.options.learning_rate = learning_rate(recipe, epoch, state.step);
      slow_adam.options.learning_rate =
          adam.options.learning_rate / recipe.learning_rate * config.encoders.text_learning_rate;
      mt::zero_gradients(weights);
      const auto images = model.prepare_images(batch->images, &generator);
      const auto texts = model.prepare_texts(batch->captions);
      const Losses loss = matching_loss(model, recipe, images, texts, batch->images.image_ids, all_negatives,
                                        epoch < recipe.patch_epochs ? LossOn::patches : LossOn::all);
      loss.total.backward();
      const double norm = mt::clip_gradients(weights, recipe.clip, state.step);
      adam.step();
      slow_adam.step();
      ++state.step;

      log.append({{"step", state.step},
                  {"epoch", epoch},
                  {"loss", loss.total.item<double>()},
                  {"ranking", loss.ranking},
                  {"diversity", loss.diversity},
                  {"gradient_norm", norm},
                  {"learning_rate", adam.options.learning_rate}});
      if (collapse(loss.ranking, plateau) && !warned) {
        warned = true;
        progress.say("warning: step " + std::to_string(state.step) + ": the ranking loss has been at " +
                     std::to_string(plateau) + " (equal scores) for " + std::to_string(collapse.patience) +
                     " steps: training has collapsed; try a lower learning rate or more --warmup-epochs");
      }
      if (!options.quiet)
        progress.update(state.step, loss.total.item<double>(),
                        "epoch " + std::to_string(epoch + 1) + "/" + std::to_string(recipe.epochs));
      const bool epoch_ends = state.step == (epoch + 1) * steps_an_epoch;
      if (recipe.checkpoint_every > 0 && state.step % recipe.checkpoint_every == 0 && !epoch_ends)
        mt::save_checkpoint(last_path, parts, state);
    }

    ++state.epoch;
    if (state.epoch % recipe.validate_every == 0 || state.epoch == recipe.epochs) {
      const ScoredSplit scored = score_split(model, validation, recipe.validation_images);
      const mgan::RetrievalMetrics metrics = metrics_of(model.combine(scored.scores), scored.owner);
      const Json alone = rsum_of_each(scored);
      log.append(
          {{"step", state.step}, {"epoch", state.epoch}, {"validation", to_json(metrics)}, {"rsum_alone", alone}});
      if (!options.quiet) {
        char line[160];
        std::snprintf(
            line, sizeof line, "epoch %lld: validation R@1 %.1f (image to text) %.1f (text to image), RSum %.1f",
            static_cast<long long>(state.epoch), metrics.image_to_text.r1, metrics.text_to_image.r1, metrics.rsum());
        std::string each;
        for (const auto& [name, rsum] : alone.items()) {
          char number[32];
          std::snprintf(number, sizeof number, " %.1f", rsum.get<double>());
          each += (each.empty() ? "" : ", ") + name + number;
        }
        progress.say(std::string(line) + " (alone: " + each + ")");
      }
      if (metrics.rsum() > state.best_rsum) {
        state.best_rsum = metrics.rsum();
        mt::save_checkpoint(best_path, parts, state);
      }
    }
    mt::save_checkpoint(last_path, parts, state);
  }
  progress.finish();
  result.best_rsum = state.best_rsum;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

}  // namespace program
