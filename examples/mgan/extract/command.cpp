#include "command.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>

#include "app/config_fields.hpp"
#include "app/folder_lock.hpp"
#include "app/options.hpp"
#include "data/open_dataset.hpp"
#include "data/photographs.hpp"
#include "mgan/encoders/feature_cache.hpp"

namespace program {

namespace {

using namespace mgan::encoders;
using mgan::data::Split;
using mgan::io::Json;

/// `testall` is COCO's 5,000 images in a folder of SCAN's layout.
enum class ExtractedSplit { train, val, test, testall };

}  // namespace

template <>
inline constexpr auto words_of<ExtractedSplit> = std::to_array<Word<ExtractedSplit>>({{ExtractedSplit::train, "train"},
                                                                                      {ExtractedSplit::val, "val"},
                                                                                      {ExtractedSplit::test, "test"},
                                                                                      {ExtractedSplit::testall,
                                                                                       "testall"}});

namespace {

struct Flags {
  std::string output, vision, text;
  PictureFit fit = PictureFit::squash;
  FeatureType dtype = FeatureType::fp32;
  Precision precision = Precision::fp32;
  DataConfig data;
  std::vector<ExtractedSplit> splits{ExtractedSplit::train, ExtractedSplit::val};
  std::int64_t max_words = 32, shard_images = 256;
  bool check = false, quiet = false;
};

/// Names, ids, captions and boxes of a split: a cache of other data is not continued.
std::string content_of(const mgan::data::Dataset& dataset) {
  mgan::io::Sha256 all;
  for (const auto& example : dataset.examples) {
    Json boxes = Json::array();
    for (const auto& b : example.boxes) boxes.push_back({b.x1, b.y1, b.x2, b.y2});
    Json content{example.name, example.image_id, example.captions, example.width, example.height, boxes};
    if (!example.file.empty()) content.push_back(example.file);
    all.add(content.dump()).add("\n");
  }
  return all.hex();
}

/// Where folders lie does not matter: what is in them is hashed.
Json comparable(const CachePlan& plan) {
  Json j = plan;
  j["vision"].erase("folder");
  j["text"].erase("folder");
  j.erase("data");
  j.erase("boxes");
  j.erase("images");
  j.erase("ids");
  return j;
}

CachePlan plan_of(const Flags& flags, const EncoderPair& encoders) {
  CachePlan plan;
  plan.folders = encoders.folders;
  plan.vision_sha256 = encoders.vision_sha256;
  plan.text_sha256 = encoders.text_sha256;
  plan.image_size = encoders.side();
  plan.patch_size = encoders.side() / encoders.vision.patches_a_side();
  plan.vision_width = encoders.vision.width();
  plan.text_width = encoders.text.width();
  // Where nobody gave boxes, photographs have none of their own: their data set then holds the grid. What a detector's
  // files hold is not copied.
  const bool scenes = flags.data.data.scenes();
  plan.regions = {static_cast<int>(flags.data.grid),
                  flags.data.boxes != BoxKind::grid && (scenes || flags.data.boxes != BoxKind::annotated)};
  if (has_region_features(flags.data)) {
    plan.regions = RegionChoice::none();
    const std::filesystem::path ids = ids_file(flags.data);  // empty: refused when the split is opened
    if (!ids.empty()) plan.ids = std::filesystem::absolute(ids).string();
  }
  plan.data = scenes ? "scenes" : std::filesystem::absolute(*flags.data.data.path).string();
  plan.boxes = plan.regions.annotated ? flags.data.boxes.text() : "";
  plan.dtype = word_of(flags.dtype);
  plan.shard_images = flags.shard_images;
  return plan;
}

/// The cache to write into: a new one, or one of the same plan that goes on. Shards that are damaged are made again.
FeatureCache begin(const Flags& flags, const CachePlan& plan) {
  if (!FeatureCache::is_cache(flags.output)) return {flags.output, plan, {}, false};
  FeatureCache cache = FeatureCache::open(flags.output);
  const std::string changes = differences(comparable(cache.plan), comparable(plan));
  mgan::require(changes.empty(), flags.output, ": holds a cache of something else (", changes,
                "); extract into another folder, or remove it");
  return cache;
}

/// The split with its pictures. Boxes of region features are not needed here.
mgan::data::Dataset open_split(DataConfig data, ExtractedSplit which) {
  if (has_region_features(data)) data.positions = Positions::none;
  data.testall = which == ExtractedSplit::testall;
  mgan::data::Dataset dataset = open_pictures(data, which == ExtractedSplit::train ? Split::train
                                                    : which == ExtractedSplit::val ? Split::val
                                                                                   : Split::test);
  if (data.broken_pictures == mgan::data::BrokenPictures::skip) leave_out_broken(dataset);
  return dataset;
}

void encode_split(const Flags& flags, const EncoderPair& encoders, FeatureCache& cache, ExtractedSplit which) {
  const std::string name = word_of(which);
  const mgan::data::Dataset dataset = open_split(flags.data, which);
  for (const std::string& warning : dataset.warnings)
    std::fprintf(stderr, "warning: %s: %s\n", name.c_str(), warning.c_str());
  CacheSplit* split = nullptr;
  for (CacheSplit& s : cache.splits)
    if (s.name == name) split = &s;
  if (!split) {
    split = &cache.splits.emplace_back();
    split->name = name, split->content = content_of(dataset);
    split->images = static_cast<std::int64_t>(dataset.examples.size());
    for (const auto& example : dataset.examples) split->captions += static_cast<std::int64_t>(example.captions.size());
  }
  mgan::require(split->content == content_of(dataset), flags.output, ": split ", name, " was made of other images, ",
                "captions or boxes; extract into another folder");

  const auto began = std::chrono::steady_clock::now();
  std::int64_t encoded = 0;
  if (!dataset.pictures.empty()) cache.plan.images = std::filesystem::absolute(dataset.pictures).string();
  mgan::io::CheckedFiles checked(cache.folder);
  for (std::int64_t first = 0, k = 0; first < split->images; first += cache.plan.shard_images, ++k) {
    const auto place = static_cast<std::size_t>(k);
    const std::int64_t count = std::min(cache.plan.shard_images, split->images - first);
    std::vector<std::string> names;  // of the picture files
    for (std::int64_t i = first; i < first + count && !dataset.pictures.empty(); ++i)
      names.push_back(mgan::data::picture_file(dataset.examples[static_cast<std::size_t>(i)]));
    if (place < split->shards.size()) {
      std::string damage = cache.damage(split->shards[place], checked, true);
      if (damage.empty() && !FeatureCache::same_pictures(split->shards[place], dataset.pictures, names, checked))
        damage = (cache.folder / split->shards[place].file).string() + ": its pictures were replaced";
      if (damage.empty()) continue;
      std::fprintf(stderr, "warning: %s; encoding it again\n", damage.c_str());
    }
    std::size_t truncated = 0;
    const FeatureShard shard =
        encode_shard(encoders, dataset, static_cast<std::size_t>(first), static_cast<std::size_t>(count),
                     cache.plan.regions, feature_type(cache.plan.dtype), truncated);
    char file[64];
    std::snprintf(file, sizeof file, "%s-%05lld.safetensors", name.c_str(), static_cast<long long>(k));
    save_shard(cache.folder / file, shard);
    const CacheShard entry{file, mgan::io::sha256_of_file(cache.folder / file), count, shard.caption_lengths.numel(),
                           names.empty() ? "" : pictures_sha256(dataset.pictures, names)};
    if (place < split->shards.size()) {
      split->shards[place] = entry;
    } else {
      split->shards.push_back(entry);
      split->truncated += static_cast<std::int64_t>(truncated);
    }
    cache.finished = false;
    cache.save();
    encoded += count;
    checked.record(entry.file, mgan::io::file_stamp(cache.folder / file), entry.sha256);
    if (!names.empty())
      checked.record(FeatureCache::pictures_of(entry), pictures_stamp(dataset.pictures, names), entry.pictures);
    checked.save();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (!flags.quiet) {
      std::fprintf(stderr, "%s: %lld of %lld images, %.1f images a second\n", name.c_str(),
                   static_cast<long long>(first + count), static_cast<long long>(split->images),
                   static_cast<double>(encoded) / seconds);
    }
  }
  if (split->truncated > 0) {
    std::fprintf(stderr, "warning: %s: %lld captions are cut to %lld words\n", name.c_str(),
                 static_cast<long long>(split->truncated), static_cast<long long>(cache.plan.folders.max_words));
  }
  std::printf("%s: %lld images, %lld captions in %zu shards\n", name.c_str(), static_cast<long long>(split->images),
              static_cast<long long>(split->captions), split->shards.size());
}

/// Every shard against its checksum, and the pictures that it was made of, where they are; an error lists the damaged
/// and the stale ones.
void check(const std::string& folder) {
  const FeatureCache cache = FeatureCache::open(folder);
  std::size_t shards = 0;
  std::string damages;
  mgan::io::CheckedFiles checked(folder);
  for (const CacheSplit& split : cache.splits) {
    for (const CacheShard& shard : split.shards) {
      std::string damage = cache.damage(shard, checked, true);
      if (damage.empty() && !shard.pictures.empty()) {
        std::vector<std::string> names;
        for (const auto& example : load_shard(cache.folder / shard.file).examples)
          names.push_back(mgan::data::picture_file(example));
        if (!FeatureCache::same_pictures(shard, cache.plan.images, names, checked))
          damage = (cache.folder / shard.file).string() + ": its pictures were replaced";
      }
      if (!damage.empty()) damages += (damages.empty() ? "" : "; ") + damage;
      ++shards;
    }
  }
  checked.save();
  if (!cache.finished) damages += (damages.empty() ? "" : "; ") + folder + ": not finished";
  mgan::require(damages.empty(), damages, "; the `mgan extract` that made this cache repairs it");
  std::printf("%s: %zu shards, all as they were written\n", folder.c_str(), shards);
}

void extract(const Flags& flags) {
  if (flags.check) return check(flags.output);
  mgan::require(!flags.vision.empty() && !flags.text.empty(), "mgan extract needs --vision and --text, two folders ",
                "with config.json and model.safetensors");
  const FolderLock lock(flags.output, "mgan extract");
  const EncoderPair encoders =
      EncoderPair::load({std::filesystem::absolute(flags.vision), std::filesystem::absolute(flags.text), flags.fit,
                         flags.max_words, flags.precision == Precision::bf16});
  FeatureCache cache = begin(flags, plan_of(flags, encoders));
  for (const ExtractedSplit split : flags.splits) encode_split(flags, encoders, cache, split);
  if (cache.finished) return;
  cache.finished = true;
  cache.save();
}

}  // namespace

void add_extract_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand("extract", "Encode images and captions once, with published encoders");
  const auto flags = std::make_shared<Flags>();
  command->add_option("-o,--output,cache", flags->output, "Folder of the cache")->required();
  DataConfig& data = flags->data;
  add_option<&DataConfig::data>(*command, data.data, "; here a data set with pictures");
  command->add_option("--vision", flags->vision, "Hugging Face folder of CLIP, or of a plain ViT");
  command->add_option("--text", flags->text, "Hugging Face folder of a BERT");
  add_option<&DataConfig::images>(*command, data.images);
  add_option<&DataConfig::ids>(*command, data.ids);
  add_option<&DataConfig::missing>(*command, data.missing);
  add_option<&DataConfig::broken_pictures>(*command, data.broken_pictures);
  add_option<&DataConfig::boxes>(*command, data.boxes, "; boxes are pooled beside the grid's");
  add_option<&DataConfig::grid>(*command, data.grid);
  add_option<&EncodersConfig::fit>(*command, flags->fit);
  add_option<&ModelConfig::max_words>(*command, flags->max_words, ", here word pieces");
  add_option(*command, "--dtype", flags->dtype,
             "Of the features: fp32, or half the size: fp16 (11 bits, up to 65504), bf16 (8 bits)");
  add_option(*command, "--precision", flags->precision,
             "Of the encoders' products: fp32, or bf16 by autocast; what comes out is fp32 until --dtype");
  add_option(
      *command, "--splits", flags->splits,
      "train, val, test, testall (COCO's 5,000 images, in SCAN's layout); a test split is read only when it is named");
  add_option(*command, "--shard-images", flags->shard_images, "Images a file", at_least(1));
  add_option<&DataConfig::train_scenes>(*command, data.train_scenes);
  add_option<&DataConfig::validation_scenes>(*command, data.validation_scenes);
  add_option<&DataConfig::scenes_seed>(*command, data.scenes_seed);
  command->add_flag("--check", flags->check, "Only compare the files of an existing cache with their checksums");
  command->add_flag("--quiet", flags->quiet, "No progress");
  command->footer(
      "Interrupted at any moment, the same command goes on. `mgan train --data CACHE` trains on what was made; the\n"
      "manifest records the encoders by the SHA-256 of their weights.");
  command->callback([flags] { extract(*flags); });
}

}  // namespace program
