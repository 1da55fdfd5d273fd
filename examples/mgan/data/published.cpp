#include "published.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "mgan/data/join.hpp"
#include "mgan/data/scan_folder.hpp"
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
  if (plan.regions.grid > 0) config.data.grid = plan.regions.grid;
  config.model.image_size = plan.image_size, config.model.patch_size = plan.patch_size;
  config.model.vision_width = plan.vision_width;
}
void adopt_text(Config& config, const CachePlan& plan) {
  config.encoders.text = plan.folders.text.string(), config.encoders.text_sha256 = plan.text_sha256;
  config.model.text_width = plan.text_width;
  config.model.max_words = plan.folders.max_words;
}

/// What a cache calls a split. COCO's 5,000 images are `testall` in a cache of SCAN's layout, and `test` in one of
/// Karpathy's JSON.
std::string split_of(const FeatureCache& cache, const DataConfig& data, Split split) {
  const bool testall = split == Split::test && data.testall;
  return testall && (cache.has_split("testall") || !cache.plan.ids.empty()) ? "testall" : mgan::data::name_of(split);
}

/// The split of a cache.
std::shared_ptr<const CachedSplit> open_cache(const std::string& folder, const DataConfig& data, Split split,
                                              std::vector<std::string>& warnings) {
  const FeatureCache cache = FeatureCache::open(folder);
  const std::string name = split_of(cache, data, split);
  if (cache.plan.dtype != "fp32")
    warnings.push_back("the features of " + folder + " are rounded to " + cache.plan.dtype);
  auto shards = cache.shards(name);
  mgan::io::CheckedFiles checked(folder);
  std::size_t stale = 0;
  for (std::size_t s = 0; s < shards.size(); ++s) {
    std::vector<std::string> names;
    for (const auto& example : shards[s].examples) names.push_back(mgan::data::picture_file(example));
    const CacheShard& entry = cache.split(name).shards[s];
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

/// Images and captions of a data set through the encoders, in memory.
std::shared_ptr<const CachedSplit> encoded_in_memory(const EncoderPair& encoders, const Dataset& dataset,
                                                     const RegionChoice& choice, std::size_t& truncated) {
  constexpr std::size_t group = 256;
  std::vector<FeatureShard> shards;
  for (std::size_t first = 0; first < dataset.examples.size(); first += group) {
    const std::size_t count = std::min(group, dataset.examples.size() - first);
    shards.push_back(encode_shard(encoders, dataset, first, count, choice, at::kFloat, truncated));
  }
  return std::make_shared<const CachedSplit>(std::move(shards));
}

/// What a data set is called, and which images it has.
Dataset named(const Config& config, Split split, std::vector<mgan::data::Example> examples,
              std::vector<std::string> warnings) {
  Dataset dataset;
  dataset.name = mgan::data::scan_name(config.data.data.text());
  dataset.split = split;
  dataset.examples = std::move(examples);
  dataset.warnings = std::move(warnings);
  return dataset;
}

/// The regions of a data set on disk, which has to have them as the model takes them.
RegionStream regions_of(const Config& config, Dataset dataset) {
  mgan::require(bool{dataset.regions}, dataset.name, " has pictures, but the model takes region features");
  const std::int64_t wanted = config.model.region_width;
  mgan::require(wanted == 0 || dataset.region_width == wanted, dataset.name, ": region features of width ",
                dataset.region_width, ", but the model takes ", wanted);
  return dataset_regions(std::move(dataset));
}

/// Regions of a cache.
RegionStream open_regions(const std::shared_ptr<const CachedSplit>& cache, const std::string& folder,
                          const BoxChoice& boxes) {
  mgan::require(boxes != BoxKind::file, "--boxes is '", boxes.text(), "'; a cache has grid, annotated or both");
  const RegionChoice made = FeatureCache::open(folder).plan.regions;
  mgan::require(made.grid > 0, folder, ": this cache has no regions: those of its images are in a detector's files; ",
                "--data FOLDER --cache ", folder);
  mgan::require(boxes == BoxKind::grid || made.annotated, folder,
                ": this cache has no annotated boxes; --boxes grid, or extract with --boxes FILE");
  return cached_regions(cache, regions_of(boxes));
}

/// Regions of a data set's files; patches and words of its pictures and captions, encoded when they are asked for to
/// train on, else once and in memory.
Samples open_region_pictures(const Config& config, Split split, std::vector<std::string> warnings = {}) {
  const auto encoders = std::make_shared<const EncoderPair>(load_encoders(config));
  Dataset dataset = open_pictures(config.data, split);
  std::size_t truncated = 0;
  WordStream words;
  PatchStream patches;
  if (config.data.broken_pictures == mgan::data::BrokenPictures::skip) leave_out_broken(dataset);
  if (split == Split::train) {
    words = encoded_words(encoders, dataset.examples, states_of(config), truncated);
    patches = encoded_patches(encoders, std::make_shared<const Dataset>(dataset));
  } else {
    const auto all = encoded_in_memory(*encoders, dataset, RegionChoice::none(), truncated);
    words = cached_words(all, states_of(config));
    patches = cached_patches(all);
  }
  warnings.insert(warnings.end(), dataset.warnings.begin(), dataset.warnings.end());
  if (truncated > 0) warnings.push_back(std::to_string(truncated) + " captions are cut");
  const ImageStream images = images_of(regions_of(config, std::move(dataset)), patches);
  return Samples(named(config, split, words.images, std::move(warnings)), images, words);
}

/// Where a cache lacks a split of the data that it was made of: the same pictures, encoded now. Nothing where it has
/// the split, or where its pictures are not known.
std::optional<Samples> without_cache(const Config& config, Split split) {
  const FeatureCache cache = FeatureCache::open(config.data.cache);
  const std::string name = split_of(cache, config.data, split);
  if (split == Split::train || cache.has_split(name) || cache.plan.images.empty() || cache.plan.ids.empty()) return {};
  // The photographs of the cache are those of its data alone: others have their own beside them.
  Config raw = config;
  if (std::filesystem::absolute(*config.data.data.path).lexically_normal() ==
      std::filesystem::path(cache.plan.data).lexically_normal()) {
    if (raw.data.images.empty()) raw.data.images = cache.plan.images;
    if (raw.data.ids.empty()) raw.data.ids = cache.plan.ids;
  }
  return open_region_pictures(
      raw, split,
      {config.data.cache + ": has no split " + name +
       ", whose pictures are encoded now and not kept; `mgan extract --splits " + name + "` adds it"});
}

/// Patches of a cache; regions of the same, or of a data set on disk; words of the same, or of another one.
Samples open_caches(const Config& config, Split split) {
  const DataConfig& data = config.data;
  const bool own_regions = data.cache.empty();
  const std::string &first = own_regions ? *data.data.path : data.cache,
                    &second = data.word_cache.empty() ? first : data.word_cache;
  same_encoder(first, "image", FeatureCache::open(first).plan.vision_sha256, config.encoders.vision_sha256);
  const CachePlan text = FeatureCache::open(second).plan;
  same_encoder(second, "text", text.text_sha256, config.encoders.text_sha256);
  mgan::require(text.folders.max_words <= config.model.max_words, second, ": captions of up to ",
                text.folders.max_words, " words, the model takes ", config.model.max_words);

  if (!own_regions)
    if (std::optional<Samples> now = without_cache(config, split)) return std::move(*now);
  std::vector<std::string> warnings;
  RegionStream regions;
  if (!own_regions) {
    Dataset dataset = open_dataset(data, split);
    warnings = std::move(dataset.warnings);
    regions = regions_of(config, std::move(dataset));
  }
  const auto pictures = open_cache(first, data, split, warnings);
  const auto captions = second == first ? pictures : open_cache(second, data, split, warnings);
  if (own_regions) regions = open_regions(pictures, first, data.boxes);
  PatchStream patches = cached_patches(pictures);
  WordStream words = cached_words(captions, states_of(config));

  const auto join = [&](const std::string& folder, const std::vector<mgan::data::Example>& images) {
    auto both = mgan::data::join({data.data.text(), regions.images}, {folder, images}, {data.join_by, data.missing});
    warnings.insert(warnings.end(), both.warnings.begin(), both.warnings.end());
    return both;
  };
  if (!own_regions) {
    const auto both = join(first, patches.images);
    regions = select(regions, both.first), patches = select(patches, both.second);
    if (captions == pictures) words = select(words, both.second);
  }
  if (captions != pictures) {
    const auto both = join(second, words.images);
    regions = select(regions, both.first), patches = select(patches, both.first), words = select(words, both.second);
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
    const CachePlan plan = FeatureCache::open(joined ? data.cache : *data.data.path).plan;
    mgan::require(joined || plan.regions.grid > 0, data.data.text(),
                  ": this cache has no regions: those of its images ", "are in a detector's files; --data ", plan.data,
                  " --cache ", data.data.text());
    mgan::require(!joined || has_region_features(data), "--cache ", data.cache, ": --data ", data.data.text(),
                  " has no region features to join it with; train on the cache itself, --data ", data.cache);
    adopt_vision(config, plan);
    adopt_text(config, data.word_cache.empty() ? plan : FeatureCache::open(data.word_cache).plan);
    config.model.regions = joined ? Regions::features : Regions::tokens;
    if (joined) {
      e.raw_data.reset(), e.raw_boxes.reset();
      config.model.region_width = open_dataset(data, Split::val).region_width;
    }
    return;
  }
  mgan::require(data.word_cache.empty(), "--word-cache ", data.word_cache, ": the patches are no cache's");
  if (e.vision.empty() && e.text.empty()) return;
  mgan::require(!e.vision.empty() && !e.text.empty(), "--vision and --text: both or none");
  e.vision = std::filesystem::absolute(e.vision).string(), e.text = std::filesystem::absolute(e.text).string();
  const EncoderPair pair = EncoderPair::load({e.vision, e.text, e.fit, config.model.max_words});
  e.vision_sha256 = pair.vision_sha256, e.text_sha256 = pair.text_sha256;
  config.model.image_size = pair.side();
  config.model.patch_size = pair.side() / pair.vision.patches_a_side();
  config.model.vision_width = pair.vision.width(), config.model.text_width = pair.text.width();
  if (has_region_features(data)) {
    mgan::require(config.recipe.augment == Augment::none, "--augment ", word_of(config.recipe.augment), ": ",
                  data.data.text(), " has regions of whole photographs, which fit no crop of them");
    config.model.regions = Regions::features;
    config.model.region_width = open_dataset(data, Split::val).region_width;
    return;
  }
  e.raw_data = data.data;
  if (e.raw_data->path) e.raw_data->path = std::filesystem::absolute(*e.raw_data->path).string();
  if (data.boxes == BoxKind::file) e.raw_boxes = std::exchange(data.boxes, BoxChoice{BoxKind::annotated});
  mgan::require(data.boxes == BoxKind::grid || data.data.scenes() || e.raw_boxes, "--boxes ", data.boxes.text(), ": ",
                data.data.text(), " has no annotated boxes; --boxes grid, or a JSON file of boxes");
  config.model.regions = Regions::tokens;
}

void require_split(const DataConfig& data, Split split) {
  if (data.data.scenes()) return;
  if (is_cache(data.data)) {
    FeatureCache::open(*data.data.path).split(mgan::data::name_of(split));
    return;
  }
  DataConfig plain = data;
  if (plain.boxes == BoxKind::both) plain.boxes = {BoxKind::annotated};
  open_dataset(plain, split);
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
  if (!config.data.cache.empty() || is_cache(config.data.data)) return open_caches(config, split);
  if (config.model.regions == Regions::features) {
    mgan::require(has_region_features(config.data), config.data.data.text(),
                  " has pictures, but the model takes region features beside them; --data FOLDER");
    return open_region_pictures(config, split);
  }
  DataConfig raw = config.data;
  if (boxes != BoxKind::grid) raw.boxes = config.encoders.raw_boxes.value_or(boxes);
  if (raw.boxes == BoxKind::both) raw.boxes = {BoxKind::annotated};
  Dataset dataset = open_dataset(raw, split);
  if (raw.broken_pictures == mgan::data::BrokenPictures::skip) leave_out_broken(dataset);
  if (split != Split::train) return encode_dataset(config, load_encoders(config), std::move(dataset));

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
  const BoxChoice& boxes = config.data.boxes;
  mgan::require(config.model.regions != Regions::features, dataset.name,
                " has pictures, but the model takes region features");
  const RegionChoice choice{static_cast<int>(config.data.grid), boxes != BoxKind::grid};
  std::size_t truncated = 0;
  const auto all = encoded_in_memory(encoders, dataset, choice, truncated);
  if (truncated > 0) dataset.warnings.push_back(std::to_string(truncated) + " captions are cut");
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
