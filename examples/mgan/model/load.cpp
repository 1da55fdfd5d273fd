#include "load.hpp"

#include <c10/util/Exception.h>

#include <cstdio>

#include "app/device.hpp"
#include "data/open_dataset.hpp"
#include "data/published.hpp"
#include "mgan/io/safetensors.hpp"
#include "mgan/sources/dataset_regions.hpp"
#include "mgan/train/load_model.hpp"

namespace program {

namespace mt = mgan::train;
using mgan::data::Split;
using mgan::io::Json;

namespace {

/// A split for encoders that are trained from scratch.
Samples own_samples(const ModelConfig& model, const RecipeConfig& recipe, const mgan::text::Vocabulary& vocabulary,
                    mgan::data::Dataset dataset, const DataConfig& data) {
  const bool given = model.regions == Regions::features;
  mgan::require(given == bool{dataset.regions}, dataset.name,
                given ? " has pictures, but the model takes region features"
                      : " has region features, but the model takes pictures");
  mgan::require(!given || dataset.region_width == model.region_width, dataset.name, ": region features of width ",
                dataset.region_width, ", but the model takes ", model.region_width);
  if (given) {
    CaptionIds captions(dataset, vocabulary, model, recipe);
    mgan::sources::ImageStream regions = mgan::sources::images_of(mgan::sources::dataset_regions(dataset));
    return Samples(std::move(dataset), std::move(regions), std::move(captions));
  }
  Photographs photographs(dataset, model, recipe, data);  // may leave images out
  CaptionIds captions(dataset, vocabulary, model, recipe);
  return Samples(std::move(dataset), std::move(photographs), std::move(captions));
}

}  // namespace

Samples make_samples(const Config& config, Split split) {
  const auto open = [&] {
    if (config.encoders.used()) return open_published(config, split);
    mgan::require(config.data.images.empty() || !has_region_features(config.data), "--images ", config.data.images,
                  ": ", config.data.data.text(), " has features, and no pictures are read; patches and words of them ",
                  "come from encoders, --vision and --text, or --cache");
    const auto vocabulary = mgan::text::vocabulary_of(config.vocabulary, "the vocabulary of the model");
    return own_samples(config.model, config.recipe, vocabulary, open_dataset(config.data, split), config.data);
  };
  Samples samples = open();
  for (const std::string& warning : samples.dataset().warnings)
    std::fprintf(stderr, "warning: %s: %s\n", mgan::data::name_of(split), warning.c_str());
  return samples;
}

namespace {

/// Sizes of a configuration against the weights that are there, before a model of these sizes takes memory: a file of
/// before checksums may be damaged. The caller's error names the file.
void check_sizes(const Config& config, const std::filesystem::path& checkpoint) {
  const mgan::io::SafetensorsFile file(checkpoint);
  double stored = 0;  // numbers of the weights
  for (const std::string& name : file.names())
    if (name.starts_with("model.")) stored += static_cast<double>(file.at(name).bytes.size()) / 4;
  const ModelConfig& c = config.model;
  const auto check = [&](const char* name, std::int64_t size, double numbers) {
    mgan::require(size >= 0 && size <= 1 << 16 && numbers <= stored, name, " is ", size, ", but the file has ",
                  static_cast<std::int64_t>(stored), " weights in all");
  };
  const auto d = [](std::int64_t x) { return static_cast<double>(x); };
  check("width", c.width, d(c.width) * d(c.text_width));
  check("n_views", c.n_views, d(c.n_views));
  check("vision_width", c.vision_width, 0);
  check("text_width", c.text_width, d(c.text_width));
  if (!config.encoders.used()) {
    if (c.regions != Regions::features) {
      check("vision_layers", c.vision_layers, d(c.vision_layers) * 12 * d(c.vision_width) * d(c.vision_width));
      check("patch_size", c.patch_size, 3 * d(c.patch_size) * d(c.patch_size) * d(c.vision_width));
      const double side = d(c.image_size / c.patch_size);
      check("image_size", c.image_size, side * side * d(c.vision_width));
    }
    check("text_layers", c.text_layers, d(c.text_layers) * 12 * d(c.text_width) * d(c.text_width));
    check("max_words", c.max_words, d(c.max_words) * d(c.text_width));
    const auto words = static_cast<std::int64_t>(config.vocabulary.size());
    check("the vocabulary", words, d(words) * d(c.text_width));
  }
  if (c.regions == Regions::features && c.region_alignment != "none")
    check("region_width", c.region_width, d(c.region_width) * d(c.width));
  if (c.refine_regions != Refinement::none || c.refine_patches != Refinement::none ||
      c.refine_words != Refinement::none)
    check("refine_layers", c.refine_layers, d(c.refine_layers) * d(c.width) * d(c.width));
  if (c.patch_alignment == "interaction") {
    check("k", c.k, 2 * d(c.k) * d(c.k));
    check("max_words", c.max_words, 2 * d(c.max_words) * d(c.max_words));
  }
}

}  // namespace

LoadedModel load_model(const std::filesystem::path& checkpoint, std::optional<Scorer> scorer,
                       const std::string& device) {
  Config config;
  auto loaded = mt::load_model(checkpoint, [&](const Json& stored) {
    config = stored.get<Config>();
    check_sizes(config, checkpoint);
    if (!config.encoders.used()) mgan::text::vocabulary_of(config.vocabulary, "vocabulary");  // whole and in order
    if (scorer) config.model.scorer = *scorer;
    try {
      return Model::create(config, config.recipe.seed);
    } catch (const c10::Error& error) {
      mgan::fail("no model can be made of it: ", mgan::printable(error.what_without_backtrace(), 300));
    }
  });
  if (!loaded.warning.empty()) std::fprintf(stderr, "warning: %s\n", loaded.warning.c_str());
  loaded.model.move_to(device_named(device));
  return {std::move(config), std::move(loaded.model), loaded.epoch};
}

const mgan::encoders::EncoderPair& LoadedModel::encoders() const {
  if (!loaded_encoders) loaded_encoders = std::make_shared<const mgan::encoders::EncoderPair>(load_encoders(config));
  return *loaded_encoders;
}

Samples samples_of(const LoadedModel& loaded, mgan::data::Dataset dataset, const DataConfig& data) {
  if (!loaded.config.encoders.used())
    return own_samples(loaded.config.model, loaded.config.recipe, {}, std::move(dataset), data);
  Config config = loaded.config;
  config.data = data;
  return encode_dataset(config, loaded.encoders(), std::move(dataset));
}

}  // namespace program
