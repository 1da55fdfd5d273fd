#include "report.hpp"

#include <algorithm>

#include "app/report_parts.hpp"
#include "evaluate/post_hoc.hpp"
#include "mgan/train/progress.hpp"
#include "report_gallery.hpp"
#include "report_style.hpp"

namespace program {

namespace {

std::string whole(std::int64_t n) { return std::to_string(n); }

std::string threads_text(const DemoResult& result) {
  return whole(result.machine.threads) + (result.machine.threads == 1 ? " thread" : " threads");
}

std::string line_key(std::size_t style) {
  return "<svg class=\"key\" viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"curve line-" +
         std::to_string(style) + "\" d=\"M0 5H26\"/></svg>";
}

std::string tile(const std::string& value, const std::string& what) {
  return "<div class=\"tile\"><b>" + value + "</b><span>" + what + "</span></div>\n";
}

std::string table_head(bool with_difference) {
  return std::string(
             "<div class=\"scroll\"><table><thead>\n<tr><th></th><th class=\"group\" colspan=\"4\">image to text</th>"
             "<th class=\"group\" colspan=\"4\">text to image</th><th></th>") +
         (with_difference ? "<th></th>" : "") +
         "</tr>\n<tr><th></th><th class=\"first\">R@1</th><th>R@5</th><th>R@10</th><th>median</th><th "
         "class=\"first\">R@1</th>"
         "<th>R@5</th><th>R@10</th><th>median</th><th>RSum of 600</th>" +
         (with_difference ? "<th>from full</th>" : "") + "</tr></thead>\n<tbody>\n";
}

std::string recall_cells(const mgan::Recall& r) {
  return "<td class=\"first\">" + number(r.r1, 1) + "</td><td>" + number(r.r5, 1) + "</td><td>" + number(r.r10, 1) +
         "</td><td>" + number(r.median_rank, 0) + "</td>";
}

std::string metric_cells(const mgan::RetrievalMetrics& m, const std::string& error = "") {
  return recall_cells(m.image_to_text) + recall_cells(m.text_to_image) + "<td class=\"rsum\">" + number(m.rsum(), 1) +
         error + "<i><b style=\"width:" + number(m.rsum() / 6, 1) + "%\"></b></i></td>";
}

std::string ablation_table(const DemoResult& result) {
  std::string out = table_head(true);
  for (std::size_t r = 0; r < result.runs.size(); ++r) {
    const RunResult& run = result.runs[r];
    std::string difference = run.difference > 0 ? "+" : "";
    difference += number(run.difference, 1, true);
    out += std::string("<tr") + (&run == &result.best() ? " class=\"best\"" : "") + "><td>" + line_key(r) +
           html(run.run.name) + "<small>" + html(run.run.what) + "</small></td>" +
           metric_cells(run.test, " ± " + number(run.error, 1)) + "<td>" +
           (r == 0 ? std::string("–") : difference + " ± " + number(run.difference_error, 1)) + "</td></tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string cost_table(const DemoResult& result) {
  std::string out =
      "<table>\n<thead><tr><th>module</th><th>RSum alone</th><th>parameters of the model</th><th>µs a pair</th>"
      "<th>MB</th></tr></thead>\n<tbody>\n";
  for (const RunResult& run : result.runs) {
    out += "<tr><td>" + html(run.run.name) + "</td><td>" + number(run.slot.alone.rsum(), 1) + "</td><td>" +
           whole(run.parameters) + "</td><td>" + number(run.slot.cost.microseconds, 3) + "</td><td>" +
           number(run.slot.cost.megabytes, 1) + "</td></tr>\n";
  }
  return out + "</tbody>\n</table>\n<p class=\"note\">Alone: the recalls of the " + word_of(*result.subject.slot) +
         " scores by themselves. Time and memory: scoring all pairs of 100 pictures and 500 captions, forward, "
         "prepared "
         "sides given; memory is what the process grew by.</p>\n";
}

std::string post_hoc_table(const DemoResult& result) {
  std::string out = table_head(false);
  out += "<tr class=\"best\"><td>all three</td>" + metric_cells(result.runs[0].test) + "</tr>\n";
  for (const auto& [name, metrics] : result.post_hoc)
    out += "<tr><td>" + html(name) + "</td>" + metric_cells(metrics) + "</tr>\n";
  return out + "</tbody></table></div>\n";
}

/// The mean over a window around each step that stays on its side of `border` (the end of the warm-up).
Points smoothed(const std::vector<double>& x, std::size_t border) {
  const std::size_t reach = std::max<std::size_t>(1, x.size() / 60);
  Points out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t low = i >= border ? border : 0, high = i >= border ? x.size() : std::min(border, x.size());
    const std::size_t from = i > low + reach ? i - reach : low, to = std::min(high, i + reach + 1);
    double sum = 0;
    for (std::size_t j = from; j < to; ++j) sum += x[j];
    out.emplace_back(static_cast<double>(i + 1), sum / static_cast<double>(to - from));
  }
  return out;
}

Chart loss_chart(const DemoResult& result) {
  const Config& config = result.runs[0].run.config;
  const std::int64_t warmup = config.recipe.warmup_epochs * (total_steps(config) / config.recipe.epochs);
  Chart chart{
      "Ranking loss of a batch",    "step", "loss, summed over the batch", true, {}, static_cast<double>(warmup),
      "hardest negatives from here"};
  for (std::size_t r = 0; r < result.runs.size(); ++r) {
    const RunResult& run = result.runs[r];
    Points raw;
    for (std::size_t i = 0; i < run.curves.ranking.size(); ++i)
      raw.emplace_back(static_cast<double>(i + 1), run.curves.ranking[i]);
    chart.lines.push_back({run.run.name, static_cast<int>(r),
                           thinned(smoothed(run.curves.ranking, static_cast<std::size_t>(warmup)), 400),
                           thinned(raw, 400), -1, false});
  }
  return chart;
}

Chart recall_chart(const DemoResult& result) {
  Chart chart{"RSum on validation scenes", "epoch", "RSum of 600", false, {}, -1, ""};
  for (std::size_t r = 0; r < result.runs.size(); ++r) {
    const RunResult& run = result.runs[r];
    ChartLine line{run.run.name, static_cast<int>(r), {}, {}, -1, true};
    for (const auto& v : run.curves.validation) {
      if (v.epoch == run.curves.best().epoch) line.marked = static_cast<int>(line.points.size());
      line.points.emplace_back(static_cast<double>(v.epoch), v.rsum);
    }
    chart.lines.push_back(std::move(line));
  }
  return chart;
}

std::string charts(const DemoResult& result) {
  std::string out = "<div class=\"legend\">";
  for (std::size_t r = 0; r < result.runs.size(); ++r)
    out += "<span>" + line_key(r) + html(result.runs[r].run.name) + "</span>";
  out += "</div>\n<div class=\"charts\">\n";
  for (const Chart& chart : {loss_chart(result), recall_chart(result)})
    out += "<figure><h3>" + html(chart.title) + "</h3>\n" + chart_svg(chart) + "</figure>\n";
  return out + "</div>\n";
}

std::string row(const std::string& term, const std::string& text) {
  return "<dt>" + term + "</dt><dd>" + text + "</dd>\n";
}

std::string negatives_text(const RecipeConfig& recipe) {
  if (recipe.warmup_epochs >= recipe.epochs) return "all negatives count";
  if (recipe.warmup_epochs == 0) return "the hardest negatives count";
  return whole(recipe.warmup_epochs) + " epochs with all negatives, then the hardest";
}

std::string what_was_run(const DemoResult& result) {
  const Config& c = result.runs[0].run.config;
  const ModelConfig& m = c.model;
  const std::int64_t grid = m.image_size / m.patch_size;
  std::string out = "<dl>\n";
  out += row("Data", "SCENES, painted from seed " + std::to_string(c.data.scenes_seed) + ": " +
                         whole(c.data.train_scenes) + " scenes to train on, " + whole(c.data.validation_scenes) +
                         " to validate, " + whole(result.images) +
                         " to test, five captions each; no two splits share a "
                         "scene; " +
                         whole(result.words) + " words");
  out +=
      row("Regions",
          (c.data.boxes == BoxKind::grid
               ? "a " + whole(c.data.grid) + " × " + whole(c.data.grid) + " grid of boxes and the whole picture"
               : std::string("the boxes of the objects and the whole picture")) +
              ", features from " + (m.regions == Regions::pixels ? "8 × 8 pixels each" : "the image encoder's tokens"));
  out += row("Image encoder", "transformer on " + whole(m.image_size) + " × " + whole(m.image_size) + " pixels in " +
                                  whole(grid * grid) + " patches; width " + whole(m.vision_width) + ", " +
                                  whole(m.vision_layers) + " layers");
  out += row("Text encoder", "transformer; width " + whole(m.text_width) + ", " + whole(m.text_layers) +
                                 " layers, at most " + whole(m.max_words) + " words");
  out += row("Matcher", "D = " + whole(m.width) + ", " + whole(m.n_views) + " views, " + whole(m.k) +
                            " patches kept; weights: region " + number(m.region_weight, 1) + ", global " +
                            number(m.global_weight, 1) + ", patch " + number(m.patch_weight, 1));
  out += row("Recipe", whole(c.recipe.epochs) + " epochs of " + whole(total_steps(c) / c.recipe.epochs) +
                           " steps; batch " + whole(c.recipe.batch) + "; Adam at " +
                           mgan::io::Json(c.recipe.learning_rate).dump() + ", a tenth of it every " +
                           whole(c.recipe.decay_every) + " epochs; margin " + number(c.recipe.margin, 2) + "; " +
                           negatives_text(c.recipe) + "; seed " + std::to_string(result.seed));
  std::string times;
  for (const RunResult& run : result.runs) {
    times += (times.empty() ? "" : "; ") + html(run.run.name) + " " + whole(run.parameters) + " parameters, " +
             (run.resumed ? "at least " : "") + mgan::train::clock_text(run.seconds);
  }
  out += row("Models", times + " (minutes:seconds of training)");
  out += row("Machine", html(result.machine.cpu) + ", " + threads_text(result) + ", " +
                            number(result.machine.gflops, 0) + " GFLOP/s in a 1024³ matrix product");
  out += row("Again", "<code>" + html(result.subject.command) + (result.quick ? " --quick" : "") +
                          (result.seed == 1 ? "" : " --seed " + std::to_string(result.seed)) + "</code>");
  return out + "</dl>\n";
}

}  // namespace

std::string report_html(const DemoResult& result) {
  const RunResult& full = result.runs[0];
  const Config& c = full.run.config;
  const bool comparison = result.subject.slot.has_value();
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>" +
      html(result.subject.title) + "</title>\n<style>" + std::string(report_style) + "</style>\n</head>\n<body>\n";
  out += "<h1>" + html(result.subject.title) + "</h1>\n<p class=\"lead\">" + html(result.subject.lead) +
         ", each trained from scratch on the same " + whole(c.data.train_scenes) + " generated scenes for " +
         whole(c.recipe.epochs) +
         " epochs. The checkpoint of each is chosen on validation scenes; all figures below are from " +
         whole(result.images) + " other scenes with " + whole(result.captions) + " captions.</p>\n";
  if (result.quick)
    out +=
        "<p><b>This was the quick demo:</b> few scenes and epochs, so that it takes under a minute. The models are far "
        "from converged, and their order says little.</p>\n";
  out += "<div class=\"tiles\">\n" +
         tile(number(full.test.rsum(), 1),
              html(comparison ? "RSum with " + full.run.name + ", of 600" : "RSum of the full model, of 600")) +
         tile(number(result.chance, 1), "RSum of guessing") +
         tile(number(full.test.text_to_image.r1, 1) + " %",
              "captions whose picture comes first of " + whole(result.images)) +
         tile(mgan::train::clock_text(result.seconds), "minutes:seconds in all, on " + threads_text(result)) +
         "</div>\n";

  out += std::string("<h2>") + (comparison ? "Modules" : "Ablation table") + "</h2>\n<p><b>" + html(result.verdict()) +
         "</b></p>\n" + ablation_table(result) +
         "<p class=\"note\">R@K: percent of queries with a right answer among the first K; RSum: the sum of all six. ± "
         "is one "
         "standard error over scenes; for differences it is that of the paired difference. Differences below about " +
         number(result.noise(), 0) + " are noise of " + whole(result.images) +
         " scenes; each model was trained once, and another seed adds its own noise.</p>\n";
  if (comparison) out += cost_table(result);
  out += "<h2>Training</h2>\n" + charts(result) +
         "<p class=\"note\">Left: mean over neighbouring steps, single steps behind it. " +
         (c.recipe.warmup_epochs > 0 && c.recipe.warmup_epochs < c.recipe.epochs
              ? "At the dashed line the loss changes from the sum over all negatives to the hardest alone. "
              : "") +
         "Right: the ring is the checkpoint in the table.</p>\n";
  if (!result.post_hoc.empty())
    out += "<h2>Granularities of the full model</h2>\n<p class=\"note\">" + html(post_hoc_label) + ".</p>\n" +
           post_hoc_table(result);
  out += gallery_html(result.gallery);
  out += "<h2>What was run</h2>\n" + what_was_run(result) + "</body>\n</html>\n";
  return out;
}

}  // namespace program
