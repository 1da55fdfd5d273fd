#include "app/report_parts.hpp"
#include "mgan/train/progress.hpp"
#include "report_pieces.hpp"

namespace program {

namespace {

std::string row(const std::string& term, const std::string& text) {
  return "<dt>" + term + "</dt><dd>" + text + "</dd>\n";
}

std::string negatives_text(const Config& config) {
  const RecipeConfig& recipe = config.recipe;
  if (!has_hardest(config.loss))
    return config.loss.name == LossName::annealed ? "from all to the hardest" : "all count";
  if (recipe.warmup_epochs >= recipe.epochs) return "all negatives count";
  if (recipe.warmup_epochs == 0) return "the hardest negatives count";
  return whole(recipe.warmup_epochs) + " epochs with all negatives, then the hardest";
}

std::string loss_text(const Config& c) {
  const std::string margin = "margin " + number(c.recipe.margin, 2) + "; ";
  if (c.loss.name == LossName::triplet) return margin + negatives_text(c);
  return "loss " + word_of(c.loss.name) + "; " + (c.loss.name == LossName::annealed ? margin : "") +
         "negatives: " + negatives_text(c);
}

std::string schedule_text(const RecipeConfig& r) {
  if (r.schedule == RateSchedule::cosine) return ", down a cosine";
  return r.decay_every == 0
             ? ""
             : ", times " + mgan::io::Json(r.decay).dump() + " every " + whole(r.decay_every) + " epochs";
}

std::string data_text(const StudyResult& result) {
  const Config& c = result.variants[0].variant.config;
  const std::int64_t training = result.variants[0].runs[0].training_images;
  const std::string scored = whole(result.images) + " with " + whole(result.captions) + " captions";
  if (result.scenes())
    return "SCENES, painted from seed " + std::to_string(c.data.scenes_seed) + ": " + whole(c.data.train_scenes) +
           " scenes to train on, " + whole(c.data.validation_scenes) + " to validate, " + whole(result.images) +
           " to test, five captions each; no two splits share a scene; " + whole(result.words) + " words";
  return html(c.data.data.text()) + (c.data.cache.empty() ? "" : ", patches and words of " + html(c.data.cache)) +
         ": " + whole(training) + " images to train on; figures are of the split " + word_of(result.study.split) +
         ", " + scored + (result.words > 0 ? "; " + whole(result.words) + " words" : "");
}

std::string regions_text(const Config& c) {
  const ModelConfig& m = c.model;
  if (m.regions == Regions::features) return "given features of width " + whole(m.region_width) + " with their boxes";
  const std::string grid = "a " + whole(c.data.grid) + " × " + whole(c.data.grid) + " grid of boxes";
  const std::string boxes = c.data.boxes == BoxKind::grid   ? grid
                            : c.data.boxes == BoxKind::both ? "the given boxes, " + grid
                            : c.data.data.scenes()          ? "the boxes of the objects"
                                                            : "the given boxes";
  return boxes + " and the whole picture, features from " +
         (m.regions == Regions::pixels ? "8 × 8 pixels each" : "the image encoder's tokens");
}

std::string encoder_rows(const Config& c) {
  const ModelConfig& m = c.model;
  const std::int64_t grid = m.image_size / m.patch_size;
  const std::string pixels = whole(m.image_size) + " × " + whole(m.image_size) + " pixels in " + whole(grid * grid) +
                             " patches; width " + whole(m.vision_width);
  if (c.encoders.used())
    return row("Image encoder", html(c.encoders.vision) + ", frozen; " + pixels) +
           row("Text encoder", html(c.encoders.text) +
                                   (c.encoders.tuned_layers > 0 ? ", its last layer tuned" : ", frozen") + "; width " +
                                   whole(m.text_width) + ", at most " + whole(m.max_words) + " words");
  return row("Image encoder", "transformer on " + pixels + ", " + whole(m.vision_layers) + " layers") +
         row("Text encoder", "transformer; width " + whole(m.text_width) + ", " + whole(m.text_layers) +
                                 " layers, at most " + whole(m.max_words) + " words");
}

std::string seeds_text(const StudyResult& result) {
  std::string text;
  for (const std::uint64_t seed : result.study.seeds) text += (text.empty() ? "" : ", ") + std::to_string(seed);
  return (result.study.seeds.size() > 1 ? "seeds " : "seed ") + text;
}

}  // namespace

std::string what_was_run(const StudyResult& result) {
  const Config& c = result.variants[0].variant.config;
  const ModelConfig& m = c.model;
  const RecipeConfig& r = c.recipe;
  std::string out = "<dl>\n";
  out += row("Data", data_text(result)) + row("Regions", regions_text(c)) + encoder_rows(c);
  out += row("Matcher", "D = " + whole(m.width) + ", " + whole(m.n_views) + " views, " + whole(m.k) +
                            " patches kept; weights: region " + number(m.region_weight, 1) + ", global " +
                            number(m.global_weight, 1) + ", patch " + number(m.patch_weight, 1));
  out += row("Recipe", whole(r.epochs) + " epochs of " + whole(result.variants[0].runs[0].curves.steps_an_epoch) +
                           " steps; batch " + whole(r.batch) +
                           (r.accumulate > 1 ? ", " + whole(r.accumulate) + " of them a step" : "") + "; Adam at " +
                           mgan::io::Json(r.learning_rate).dump() + schedule_text(r) + "; " + loss_text(c) + "; " +
                           seeds_text(result));
  std::string times;
  for (const VariantResult& v : result.variants) {
    double seconds = 0;
    bool resumed = false;
    for (const RunResult& run : v.runs) seconds += run.seconds, resumed = resumed || run.resumed;
    times += (times.empty() ? "" : "; ") + html(v.variant.name) + " " + whole(v.runs[0].parameters) + " parameters, " +
             (resumed ? "at least " : "") + mgan::train::clock_text(seconds);
  }
  out += row("Models", times + " (minutes:seconds of training)");
  out += row("Machine", html(result.machine.cpu) + ", " + threads_text(result) + ", " +
                            number(result.machine.gflops, 0) + " GFLOP/s in a 1024³ matrix product");
  out += row("Again", "<code>" + html(result.study.command) + "</code>");
  return out + "</dl>\n";
}

}  // namespace program
