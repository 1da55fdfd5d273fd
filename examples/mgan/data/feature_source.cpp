#include "feature_source.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "samples.hpp"

namespace program {

namespace {

using namespace mgan::encoders;

std::vector<std::int64_t> integers(const at::Tensor& x) {
  const std::int64_t* p = x.const_data_ptr<std::int64_t>();
  return {p, p + x.numel()};
}

}  // namespace

FeatureSource::FeatureSource(std::vector<FeatureShard> shards, const BoxChoice& boxes, bool tune_last)
    : shards_(std::move(shards)),
      use_grid_(boxes == BoxKind::grid || boxes == BoxKind::both),
      use_given_(boxes != BoxKind::grid),
      tune_last_(tune_last) {
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    const FeatureShard& shard = shards_[s];
    const auto grid = integers(shard.grid.counts), given = integers(shard.given.counts),
               lengths = integers(shard.caption_lengths);
    std::int64_t row = 0, first_grid = 0, first_given = 0, token = 0;
    std::size_t caption = 0;
    for (std::size_t i = 0; i < shard.examples.size(); ++i) {
      Place& place = places_.emplace_back(Place{s, row++, first_grid, first_given, grid[i], given[i], {}, {}});
      first_grid += grid[i];
      first_given += given[i];
      for (std::size_t c = 0; c < shard.examples[i].captions.size(); ++c, ++caption) {
        place.first_token.push_back(token);
        place.length.push_back(lengths[caption]);
        token += lengths[caption];
      }
    }
  }
}

std::vector<mgan::data::Example> FeatureSource::examples() const {
  std::vector<mgan::data::Example> all;
  for (const FeatureShard& shard : shards_) all.insert(all.end(), shard.examples.begin(), shard.examples.end());
  return all;
}

std::int64_t FeatureSource::length(const CaptionIndex& c) const { return places_[c.image].length[c.caption]; }

ImageBatch FeatureSource::images(const std::vector<std::int64_t>& which) const {
  const auto images = static_cast<std::int64_t>(which.size());
  ImageBatch batch;
  batch.image_ids = which;
  std::vector<std::int64_t> counts;
  for (const std::int64_t i : which) {
    const Place& p = places_[static_cast<std::size_t>(i)];
    // The whole picture is the last region of the grid, and one region of every choice.
    counts.push_back((use_given_ ? p.given : 0) + (use_grid_ ? p.grid : 1));
  }
  const std::int64_t most = *std::max_element(counts.begin(), counts.end());
  const FeatureShard& some = shards_[0];
  const std::int64_t width = some.tokens.size(2);
  batch.tokens = at::empty({images, some.tokens.size(1), width}, at::kFloat);  // (I, 1+M, d_p)
  batch.regions = at::zeros({images, most, width}, at::kFloat);                // (I, R, d_p)
  batch.boxes = at::zeros({images, most, 4}, at::kFloat);                      // (I, R, 4)
  batch.region_lengths = at::empty({images}, at::kLong);                       // (I)
  batch.image_sizes = at::empty({images, 2}, at::kFloat);                      // (I, 2)
  for (std::int64_t b = 0; b < images; ++b) {
    const Place& p = places_[static_cast<std::size_t>(which[static_cast<std::size_t>(b)])];
    const FeatureShard& shard = shards_[p.shard];
    batch.tokens[b].copy_(shard.tokens[p.row]);
    std::int64_t filled = 0;
    const auto take = [&](const RegionSet& set, std::int64_t first, std::int64_t count) {
      if (count == 0) return;
      batch.regions[b].narrow(0, filled, count).copy_(set.features.narrow(0, first, count));
      batch.boxes[b].narrow(0, filled, count).copy_(set.boxes.narrow(0, first, count));
      filled += count;
    };
    if (use_given_) take(shard.given, p.first_given, p.given);
    if (use_grid_) take(shard.grid, p.first_grid, p.grid);
    else take(shard.grid, p.first_grid + p.grid - 1, 1);
    for (std::int64_t r = filled; r < most; ++r) batch.boxes[b][r].copy_(batch.boxes[b][0]);
    batch.region_lengths[b] = filled;
    batch.image_sizes[b].fill_(shard.examples[static_cast<std::size_t>(p.row)].width);
  }
  return batch;
}

CaptionBatch FeatureSource::captions(const std::vector<CaptionIndex>& which) const {
  const auto texts = static_cast<std::int64_t>(which.size());
  std::int64_t longest = 0;
  for (const CaptionIndex& c : which) longest = std::max(longest, length(c));
  CaptionBatch batch;
  batch.states = at::zeros({texts, longest, shards_[0].last.size(1)}, at::kFloat);  // (T, n, d_w)
  batch.lengths = at::empty({texts}, at::kLong);                                    // (T)
  for (std::int64_t t = 0; t < texts; ++t) {
    const CaptionIndex& c = which[static_cast<std::size_t>(t)];
    const Place& p = places_[c.image];
    const FeatureShard& shard = shards_[p.shard];
    const at::Tensor& states = tune_last_ ? shard.before_last : shard.last;
    const std::int64_t n = p.length[c.caption];
    batch.states[t].narrow(0, 0, n).copy_(states.narrow(0, p.first_token[c.caption], n));
    batch.lengths.mutable_data_ptr<std::int64_t>()[t] = n;
  }
  return batch;
}

void adopt_cache(Config& config) {
  const FeatureCache cache = FeatureCache::open(config.data.data.text());
  const CachePlan& plan = cache.plan;
  EncodersConfig& e = config.encoders;
  e.vision = plan.folders.vision.string(), e.text = plan.folders.text.string();
  e.vision_sha256 = plan.vision_sha256, e.text_sha256 = plan.text_sha256;
  e.fit = plan.folders.fit;
  e.raw_data = DataChoice::parse(plan.data);
  if (plan.boxes.empty()) e.raw_boxes.reset();
  else e.raw_boxes = BoxChoice::parse(plan.boxes);
  config.data.grid = plan.regions.grid;
  config.model.image_size = plan.image_size, config.model.patch_size = plan.patch_size;
  config.model.vision_width = plan.vision_width, config.model.text_width = plan.text_width;
  config.model.max_words = plan.folders.max_words;
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

FeatureSource open_features(const Config& config, mgan::data::Split split, std::vector<std::string>& warnings) {
  const BoxChoice& boxes = config.data.boxes;
  const bool tune = config.encoders.tuned_layers > 0;
  if (is_cache(config.data.data)) {
    const std::string& path = *config.data.data.path;
    mgan::require(boxes != BoxKind::file, "--boxes is '", boxes.text(), "'; a cache has grid, annotated or both");
    const FeatureCache cache = FeatureCache::open(path);
    const auto refuse = [&](const char* which, const std::string& has, const std::string& wanted) {
      mgan::require(has == wanted, path, ": was made by another ", which, " encoder (SHA-256 ", has.substr(0, 12),
                    "..., the model has ", wanted.substr(0, 12), "...)");
    };
    refuse("image", cache.plan.vision_sha256, config.encoders.vision_sha256);
    refuse("text", cache.plan.text_sha256, config.encoders.text_sha256);
    mgan::require(cache.plan.folders.max_words <= config.model.max_words, path, ": captions of up to ",
                  cache.plan.folders.max_words, " words, the model takes ", config.model.max_words);
    mgan::require(boxes == BoxKind::grid || cache.plan.regions.annotated, path,
                  ": this cache has no annotated boxes; --boxes grid, or extract with --boxes FILE");
    if (cache.plan.dtype != "fp32") warnings.push_back("the features of " + path + " are rounded to bf16");
    return FeatureSource(cache.shards(mgan::data::name_of(split)), boxes, tune);
  }
  // Raw data: the same shards, made here and kept in memory.
  DataConfig raw = config.data;
  if (boxes != BoxKind::grid) raw.boxes = config.encoders.raw_boxes.value_or(boxes);
  const mgan::data::Dataset dataset = open_dataset(raw, split);
  warnings = dataset.warnings;
  return encode_dataset(config, load_encoders(config), dataset, warnings);
}

FeatureSource encode_dataset(const Config& config, const EncoderPair& encoders, const mgan::data::Dataset& dataset,
                             std::vector<std::string>& warnings) {
  constexpr std::size_t group = 256;
  const RegionChoice choice{static_cast<int>(config.data.grid), config.data.boxes != BoxKind::grid};
  std::size_t truncated = 0;
  std::vector<FeatureShard> shards;
  for (std::size_t first = 0; first < dataset.examples.size(); first += group) {
    const std::size_t count = std::min(group, dataset.examples.size() - first);
    shards.push_back(encode_shard(encoders, dataset, first, count, choice, at::kFloat, truncated));
  }
  if (truncated > 0) warnings.push_back(std::to_string(truncated) + " captions are cut");
  return FeatureSource(std::move(shards), config.data.boxes, config.encoders.tuned_layers > 0);
}

CaptionBatch encode_sentences(const Config& config, const EncoderPair& encoders,
                              const std::vector<std::string>& sentences) {
  std::size_t truncated = 0;
  std::vector<std::vector<std::int64_t>> ids;
  for (const std::string& sentence : sentences) ids.push_back(encoders.ids(sentence, truncated));
  const CaptionStates states = encoders.states(ids);
  CaptionBatch batch;
  batch.states = config.encoders.tuned_layers > 0 ? states.before_last : states.last;  // (T, n, d_w)
  batch.lengths = states.lengths;                                                      // (T)
  return batch;
}

}  // namespace program
