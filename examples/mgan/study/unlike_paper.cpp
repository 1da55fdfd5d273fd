#include "unlike_paper.hpp"

#include <filesystem>

#include "mgan/core/error.hpp"
#include "mgan/io/json.hpp"

namespace program {

namespace {

using mgan::io::Json;

std::string text(const auto&... parts) {
  std::string all;
  (mgan::detail::append(all, parts), ...);
  return all;
}

/// The configuration of an encoder that was published as a Hugging Face folder; null where it cannot be read.
Json published_config(const std::string& folder) {
  const std::filesystem::path file = std::filesystem::path(folder) / "config.json";
  std::error_code unknown;
  return std::filesystem::exists(file, unknown) ? mgan::io::read_json(file) : Json();
}

/// "" where `folder` holds the encoder that all these numbers say, else what it is instead.
std::string another_encoder(const std::string& folder, const char* which, const std::string& model_type,
                            const std::vector<std::pair<const char*, std::int64_t>>& sizes) {
  const Json config = published_config(folder);
  if (!config.is_object()) return text(folder, " cannot be read, so it is not known whether it is ", which);
  const Json& own = config.contains("vision_config") ? config["vision_config"] : config;
  const std::string type = config.value("model_type", std::string("nothing"));
  if (type != model_type && type != model_type + "_vision_model")
    return text(folder, " is of the kind ", type, ", not ", which);
  for (const auto& [key, size] : sizes)
    if (own.contains(key) && own[key] != size) return text(folder, " has ", key, " ", own[key].dump(), ", not ", which);
  return "";
}

/// "width 256 instead of 2048, epochs 10 instead of 30", of what the paper prints; empty where all is as there.
std::string other_recipe(const Config& config) {
  const ModelConfig& m = config.model;
  const RecipeConfig& r = config.recipe;
  std::string changes;
  const auto compare = [&](const char* what, double own, double paper) {
    if (own == paper) return;
    changes += text(changes.empty() ? "" : ", ", what, " ", own, " instead of ", paper);
  };
  compare("width", static_cast<double>(m.width), 2048);
  compare("views", static_cast<double>(m.n_views), 12);
  compare("region weight", m.region_weight, 1);
  compare("global weight", m.global_weight, 0.6);
  compare("patch weight", m.patch_weight, 0.2);
  compare("batch", static_cast<double>(r.batch), 128);
  compare("epochs", static_cast<double>(r.epochs), 30);
  compare("epochs between decays", static_cast<double>(r.decay_every), 10);
  compare("most steps an epoch", static_cast<double>(r.epoch_steps), 0);
  compare("batches a step", static_cast<double>(r.accumulate), 1);
  compare("average of the weights", r.average, 0);
  compare("patience", static_cast<double>(r.patience), 0);
  compare("learning rate", r.learning_rate, 1e-4);
  compare("margin", r.margin, 0.2);
  return changes;
}

}  // namespace

std::vector<std::string> unlike_paper(const Config& config, EvaluatedSplit split, const DataCounts& counts) {
  std::vector<std::string> reasons;
  const auto add = [&](bool unlike, const std::string& reason) {
    if (unlike) reasons.push_back(reason);
  };
  const bool tested = split == EvaluatedSplit::test;
  add(!tested, text("these are figures of ", word_of(split), ", the paper's are of the test split (--split test)"));
  add(counts.training_images != 29000 || (tested && (counts.images != 1000 || counts.captions != 5000)),
      text("the data are not Flickr30K: ", counts.training_images, " training images, and ", counts.images,
           " images with ", counts.captions, " captions are scored; Flickr30K has 29000, 1000 and 5000"));

  const ModelConfig& m = config.model;
  add(m.regions != Regions::features,
      text("regions are ", word_of(m.regions), ", the paper's are features of a detector"));
  add(m.regions == Regions::features && m.region_width != 2048,
      text("region features have width ", m.region_width, ", the paper's 2048"));
  add(config.data.positions == Positions::none, "regions have no positions, the paper's have those of Eq. (1)");
  add(config.recipe.schedule != RateSchedule::step,
      text("the rate follows a ", word_of(config.recipe.schedule), ", the paper's falls every 10 epochs"));
  const LossConfig& loss = config.loss;
  add(loss.name != LossName::triplet || loss.negatives != mgan::Negatives::hardest,
      text("the loss is ", word_of(loss.name), " with negatives ", word_of(loss.negatives),
           ", the paper's triplet with the hardest"));
  add(!loss.teacher.empty(), "a teacher's scores are part of the loss, the paper has no teacher");
  for (const auto& [tokens, refinement] : {std::pair{"regions", m.refine_regions},
                                           std::pair{"patches", m.refine_patches}, std::pair{"words", m.refine_words}})
    add(refinement != Refinement::none, text(tokens, " are refined by ", word_of(refinement), ", the paper's are not"));
  const EncodersConfig& e = config.encoders;
  add(!e.used(), "both encoders were trained from random weights, the paper's are CLIP ViT-B/32 and BERT-base");
  if (e.used()) {
    const std::string vision =
        another_encoder(e.vision, "CLIP ViT-B/32", "clip",
                        {{"image_size", 224}, {"patch_size", 32}, {"hidden_size", 768}, {"num_hidden_layers", 12}});
    const std::string words =
        another_encoder(e.text, "BERT-base", "bert", {{"hidden_size", 768}, {"num_hidden_layers", 12}});
    add(!vision.empty(), vision);
    add(!words.empty(), words);
    add(e.tuned_layers > 0, "the last layer of BERT is tuned; the paper's Table 4 is of MGAN*, where BERT is frozen");
  }
  const std::string recipe = other_recipe(config);
  add(!recipe.empty(), "sizes and recipe are others: " + recipe);
  return reasons;
}

}  // namespace program
