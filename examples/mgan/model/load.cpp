#include "load.hpp"

#include <cstdio>

#include "app/device.hpp"
#include "data/feature_source.hpp"
#include "mgan/train/checkpoint.hpp"
#include "mgan/train/parameters.hpp"

namespace program {

namespace mt = mgan::train;
using mgan::data::Split;
using mgan::io::Json;

Samples make_samples(const Config& config, Split split) {
  if (config.encoders.used()) {
    std::vector<std::string> warnings;
    const auto features = std::make_shared<const FeatureSource>(open_features(config, split, warnings));
    mgan::data::Dataset dataset;
    dataset.name = std::filesystem::path(config.data.data.text()).filename().string();
    dataset.split = split;
    dataset.examples = features->examples();
    for (const std::string& warning : warnings)
      std::fprintf(stderr, "warning: %s: %s\n", mgan::data::name_of(split), warning.c_str());
    return Samples(features, std::move(dataset));
  }
  mgan::text::Vocabulary vocabulary;
  for (const std::string& word : config.vocabulary) mgan::text::detail::append(vocabulary, word);
  Samples samples(open_dataset(config.data, split), vocabulary, config.model, config.recipe, config.data);
  for (const std::string& warning : samples.dataset().warnings)
    std::fprintf(stderr, "warning: %s: %s\n", mgan::data::name_of(split), warning.c_str());
  return samples;
}

LoadedModel load_model(const std::filesystem::path& checkpoint, std::optional<Scorer> scorer,
                       const std::string& device) {
  const mt::TrainingState state = mt::read_training_state(checkpoint);
  const Json stored = mgan::io::parse_json(state.config, checkpoint.string() + ": config");
  Config config;
  try {
    config = stored.get<Config>();
  } catch (const std::exception& error) {
    mgan::fail(checkpoint.string(), ": config: ", error.what());
  }
  if (scorer) config.model.scorer = *scorer;
  Model model = Model::create(config, config.recipe.seed);
  mt::load_weights(checkpoint, mt::named_parameters(model));
  model.move_to(device_named(device));
  return {std::move(config), std::move(model), state.epoch};
}

const mgan::encoders::EncoderPair& LoadedModel::encoders() const {
  if (!loaded_encoders) loaded_encoders = std::make_shared<const mgan::encoders::EncoderPair>(load_encoders(config));
  return *loaded_encoders;
}

Samples samples_of(const LoadedModel& loaded, mgan::data::Dataset dataset, const DataConfig& data) {
  if (!loaded.config.encoders.used())
    return Samples(std::move(dataset), {}, loaded.config.model, loaded.config.recipe, data);
  Config config = loaded.config;
  config.data = data;
  std::vector<std::string> warnings;
  auto features = std::make_shared<const FeatureSource>(encode_dataset(config, loaded.encoders(), dataset, warnings));
  dataset.examples = features->examples();
  return Samples(std::move(features), std::move(dataset));
}

}  // namespace program
