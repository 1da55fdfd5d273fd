#include "published.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "mgan/data/join.hpp"
#include "mgan/encoders/feature_cache.hpp"
#include "mgan/sources/cached.hpp"
#include "mgan/sources/dataset_regions.hpp"
#include "mgan/sources/encoded.hpp"
#include "open_dataset.hpp"

namespace program {

namespace {

using namespace mgan::encoders;
using namespace mgan::sources;
using mgan::data::Dataset;
using mgan::data::Split;

CachedRegions regions_of(const BoxChoice& boxes) {
  return boxes == BoxKind::grid   ? CachedRegions::grid
         : boxes == BoxKind::both ? CachedRegions::both
                                  : CachedRegions::annotated;
}
CachedStates states_of(const Config& config) {
  return config.encoders.tuned_layers > 0 ? CachedStates::before_last : CachedStates::last;
}

Augmentation augmentation_of(Augment augment) {
  return augment == Augment::flip   ? Augmentation::flip
         : augment == Augment::crop ? Augmentation::crop
                                    : Augmentation::none;
}

void adopt_vision(Config& config, const CachePlan& plan) {
  EncodersConfig& e = config.encoders;
  e.vision = plan.folders.vision.string(), e.vision_sha256 = plan.vision_sha256;
  e.fit = plan.folders.fit;
  e.raw_data = DataChoice::parse(plan.data);
  e.raw_boxes = plan.boxes.empty() ? std::nullopt : std::optional(BoxChoice::parse(plan.boxes));
  config.data.grid = plan.regions.grid;
  config.model.image_size = plan.image_size, config.model.patch_size = plan.patch_size;
  config.model.vision_width = plan.vision_width;
}
void adopt_text(Config& config, const CachePlan& plan) {
  config.encoders.text = plan.folders.text.string(), config.encoders.text_sha256 = plan.text_sha256;
  config.model.text_width = plan.text_width;
  config.model.max_words = plan.folders.max_words;
}

/// The split of a cache; its encoders have to be those of the configuration.
std::shared_ptr<const CachedSplit> open_cache(const std::string& folder, const Config& config, Split split,
                                              std::vector<std::string>& warnings) {
  const FeatureCache cache = FeatureCache::open(folder);
  if (cache.plan.dtype != "fp32") warnings.push_back("the features of " + folder + " are rounded to bf16");
  mgan::require(cache.plan.folders.max_words <= config.model.max_words, folder, ": captions of up to ",
                cache.plan.folders.max_words, " words, the model takes ", config.model.max_words);
  auto shards = cache.shards(mgan::data::name_of(split));
  mgan::io::CheckedFiles checked(folder);
  std::size_t stale = 0;
  for (std::size_t s = 0; s < shards.size(); ++s) {
    std::vector<std::string> names;
    for (const auto& example : shards[s].examples) names.push_back(example.name);
    const CacheShard& entry = cache.split(mgan::data::name_of(split)).shards[s];
    stale += !FeatureCache::same_pictures(entry, cache.plan.images, names, checked);
  }
  checked.save();
  if (stale > 0)
    warnings.push_back(folder + ": pictures of " + std::to_string(stale) + " of " + std::to_string(shards.size()) +
                       " shards were replaced since it was made; the `mgan extract` that made it encodes them again");
  return std::make_shared<const CachedSplit>(std::move(shards));
}
void same_encoder(const std::string& folder, const char* which, const std::string& has, const std::string& wanted) {
  mgan::require(has == wanted, folder, ": was made by another ", which, " encoder (SHA-256 ", has.substr(0, 12),
                "..., the model has ", wanted.substr(0, 12), "...)");
}

/// What a data set is called, and which images it has.
Dataset named(const Config& config, Split split, std::vector<mgan::data::Example> examples,
              std::vector<std::string> warnings) {
  Dataset dataset;
  dataset.name = std::filesystem::path(config.data.data.text()).filename().string();
  dataset.split = split;
  dataset.examples = std::move(examples);
  dataset.warnings = std::move(warnings);
  return dataset;
}

/// Regions, patches and words of one cache.
Samples open_cached(const Config& config, Split split) {
  const std::string& folder = *config.data.data.path;
  const BoxChoice& boxes = config.data.boxes;
  const CachePlan plan = FeatureCache::open(folder).plan;
  same_encoder(folder, "image", plan.vision_sha256, config.encoders.vision_sha256);
  same_encoder(folder, "text", plan.text_sha256, config.encoders.text_sha256);
  mgan::require(boxes != BoxKind::file, "--boxes is '", boxes.text(), "'; a cache has grid, annotated or both");
  mgan::require(boxes == BoxKind::grid || plan.regions.annotated, folder,
                ": this cache has no annotated boxes; --boxes grid, or extract with --boxes FILE");
  std::vector<std::string> warnings;
  const auto cache = open_cache(folder, config, split, warnings);
  return Samples(named(config, split, cache->images(), std::move(warnings)),
                 images_of(cached_regions(cache, regions_of(boxes)), cached_patches(cache)),
                 cached_words(cache, states_of(config)));
}

/// Regions of a data set on disk, patches of one cache, words of the same or of another one.
Samples open_joined(const Config& config, Split split) {
  const DataConfig& data = config.data;
  Dataset dataset = open_dataset(data, split);
  std::vector<std::string> warnings = std::move(dataset.warnings);
  mgan::require(bool{dataset.regions}, dataset.name, " has pictures, but the model takes region features");
  mgan::require(config.model.region_width == 0 || dataset.region_width == config.model.region_width, dataset.name,
                ": region features of width ", dataset.region_width, ", but the model takes ",
                config.model.region_width);
  const std::string& word_folder = data.word_cache.empty() ? data.cache : data.word_cache;
  same_encoder(data.cache, "image", FeatureCache::open(data.cache).plan.vision_sha256, config.encoders.vision_sha256);
  same_encoder(word_folder, "text", FeatureCache::open(word_folder).plan.text_sha256, config.encoders.text_sha256);
  const auto picture_cache = open_cache(data.cache, config, split, warnings);
  const auto word_cache = word_folder == data.cache ? picture_cache : open_cache(word_folder, config, split, warnings);
  RegionStream regions = dataset_regions(std::move(dataset));
  PatchStream patches = cached_patches(picture_cache);
  WordStream words = cached_words(word_cache, states_of(config));

  const mgan::data::JoinOptions options{data.join_by, data.missing};
  const auto joined = [&](const std::string& a, const auto& first, const std::string& b, const auto& second) {
    mgan::data::Join both = mgan::data::join({a, first.images}, {b, second.images}, options);
    warnings.insert(warnings.end(), both.warnings.begin(), both.warnings.end());
    return both;
  };
  const auto with_patches = joined(data.data.text(), regions, data.cache, patches);
  regions = select(regions, with_patches.first), patches = select(patches, with_patches.second);
  if (word_cache == picture_cache) {
    words = select(words, with_patches.second);
  } else {
    const auto with_words = joined(data.data.text(), regions, word_folder, words);
    regions = select(regions, with_words.first), patches = select(patches, with_words.first);
    words = select(words, with_words.second);
  }
  return Samples(named(config, split, words.images, std::move(warnings)), images_of(regions, patches), words);
}

}  // namespace

bool is_cache(const DataChoice& data) { return data.path && FeatureCache::is_cache(*data.path); }

void adopt_encoders(Config& config) {
  EncodersConfig& e = config.encoders;
  DataConfig& data = config.data;
  if (is_cache(data.data) || !data.cache.empty()) {
    const bool joined = !data.cache.empty();
    mgan::require((e.vision.empty() && e.text.empty()) || !e.vision_sha256.empty(),
                  "--vision and --text: ", joined ? data.cache : data.data.text(),
                  " names the encoders that it was made with");
    mgan::require(!joined || has_region_features(data), "--cache ", data.cache, ": --data ", data.data.text(),
                  " has no region features to join it with; train on the cache itself, --data ", data.cache);
    const CachePlan plan = FeatureCache::open(joined ? data.cache : *data.data.path).plan;
    adopt_vision(config, plan);
    adopt_text(config, data.word_cache.empty() ? plan : FeatureCache::open(data.word_cache).plan);
    config.model.regions = joined ? Regions::features : Regions::tokens;
    if (joined) {
      e.raw_data.reset(), e.raw_boxes.reset();
      config.model.region_width = open_dataset(data, Split::val).region_width;
    }
    return;
  }
  mgan::require(data.word_cache.empty(), "--word-cache ", data.word_cache, ": needs --cache, for the patches");
  if (e.vision.empty() && e.text.empty()) return;
  mgan::require(!e.vision.empty() && !e.text.empty(), "--vision and --text: both or none");
  mgan::require(!has_region_features(data), data.data.text(),
                ": has region features and no pictures; make a cache of the ",
                "photographs with `mgan extract`, and join it with --cache");
  e.vision = std::filesystem::absolute(e.vision).string(), e.text = std::filesystem::absolute(e.text).string();
  const EncoderPair pair = EncoderPair::load({e.vision, e.text, e.fit, config.model.max_words});
  e.vision_sha256 = pair.vision_sha256, e.text_sha256 = pair.text_sha256;
  e.raw_data = data.data;
  if (e.raw_data->path) e.raw_data->path = std::filesystem::absolute(*e.raw_data->path).string();
  if (data.boxes == BoxKind::file) e.raw_boxes = std::exchange(data.boxes, BoxChoice{BoxKind::annotated});
  mgan::require(data.boxes == BoxKind::grid || data.data.scenes() || e.raw_boxes, "--boxes ", data.boxes.text(), ": ",
                data.data.text(), " has no annotated boxes; --boxes grid, or a JSON file of boxes");
  config.model.image_size = pair.side();
  config.model.patch_size = pair.side() / pair.vision.patches_a_side();
  config.model.vision_width = pair.vision.width(), config.model.text_width = pair.text.width();
  config.model.regions = Regions::tokens;
}

EncoderPair load_encoders(const Config& config) {
  const EncodersConfig& e = config.encoders;
  mgan::require(e.used(), "this model was trained from scratch: it has no published encoders");
  EncoderPair pair = EncoderPair::load({e.vision, e.text, e.fit, config.model.max_words});
  const auto same = [](const std::string& folder, const std::string& now, const std::string& then) {
    mgan::require(now == then, folder, ": not the encoder that the model was trained with (SHA-256 ", now.substr(0, 12),
                  "..., expected ", then.substr(0, 12), "...)");
  };
  same(e.vision, pair.vision_sha256, e.vision_sha256);
  same(e.text, pair.text_sha256, e.text_sha256);
  return pair;
}

Samples open_published(const Config& config, Split split) {
  const BoxChoice& boxes = config.data.boxes;
  if (!config.data.cache.empty()) return open_joined(config, split);
  if (is_cache(config.data.data)) return open_cached(config, split);
  mgan::require(config.model.regions != Regions::features, config.data.data.text(),
                ": the model takes region features beside the ", "patches; --data FOLDER --cache CACHE");
  DataConfig raw = config.data;
  if (boxes != BoxKind::grid) raw.boxes = config.encoders.raw_boxes.value_or(boxes);
  if (raw.boxes == BoxKind::both) raw.boxes = {BoxKind::annotated};
  Dataset dataset = open_dataset(raw, split);
  if (split != Split::train) return encode_dataset(config, load_encoders(config), std::move(dataset));

  if (raw.broken_pictures == mgan::data::BrokenPictures::skip) leave_out_broken(dataset);
  const auto encoders = std::make_shared<const EncoderPair>(load_encoders(config));
  std::size_t truncated = 0;
  const WordStream words = encoded_words(encoders, dataset.examples, states_of(config), truncated);
  if (truncated > 0) dataset.warnings.push_back(std::to_string(truncated) + " captions are cut");
  const EncodedOptions options{regions_of(boxes), static_cast<int>(config.data.grid),
                               augmentation_of(config.recipe.augment)};
  const auto shared = std::make_shared<const Dataset>(std::move(dataset));
  return Samples(named(config, split, shared->examples, shared->warnings), encoded_images(encoders, shared, options),
                 words);
}

Samples encode_dataset(const Config& config, const EncoderPair& encoders, Dataset dataset) {
  constexpr std::size_t group = 256;
  const BoxChoice& boxes = config.data.boxes;
  mgan::require(config.model.regions != Regions::features, dataset.name,
                " has pictures, but the model takes region features");
  const RegionChoice choice{static_cast<int>(config.data.grid), boxes != BoxKind::grid};
  std::size_t truncated = 0;
  std::vector<FeatureShard> shards;
  for (std::size_t first = 0; first < dataset.examples.size(); first += group) {
    const std::size_t count = std::min(group, dataset.examples.size() - first);
    shards.push_back(encode_shard(encoders, dataset, first, count, choice, at::kFloat, truncated));
  }
  if (truncated > 0) dataset.warnings.push_back(std::to_string(truncated) + " captions are cut");
  const auto all = std::make_shared<const CachedSplit>(std::move(shards));
  return Samples(named(config, dataset.split, all->images(), std::move(dataset.warnings)),
                 images_of(cached_regions(all, regions_of(boxes)), cached_patches(all)),
                 cached_words(all, states_of(config)));
}

CaptionBatch encode_sentences(const Config& config, const EncoderPair& encoders,
                              const std::vector<std::string>& sentences) {
  std::size_t truncated = 0;
  std::vector<std::vector<std::int64_t>> ids;
  for (const std::string& sentence : sentences) ids.push_back(encoders.ids(sentence, truncated));
  const CaptionStates states = encoders.states(ids);
  return {states.lengths, WordStates{config.encoders.tuned_layers > 0 ? states.before_last : states.last}};
}

}  // namespace program
