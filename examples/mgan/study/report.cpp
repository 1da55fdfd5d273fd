#include "report.hpp"

#include "app/report_parts.hpp"
#include "evaluate/post_hoc.hpp"
#include "mgan/train/progress.hpp"
#include "report_pieces.hpp"
#include "report_style.hpp"

namespace program {

namespace {

std::string tile(const std::string& value, const std::string& what) {
  return "<div class=\"tile\"><b>" + value + "</b><span>" + what + "</span></div>\n";
}

}  // namespace

std::string report_html(const StudyResult& result) {
  const VariantResult& full = result.variants[0];
  const Study& study = result.study;
  const RecipeConfig& recipe = full.variant.config.recipe;
  const std::int64_t training = full.runs[0].training_images;
  const std::string noun = result.noun(), scored = whole(result.images);
  const bool alone = result.variants.size() == 1;
  const std::string model = alone ? "the model" : "the full model";
  const bool validated = study.split == EvaluatedSplit::val, seeds = study.seeds.size() > 1;
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>" +
      html(study.title) + "</title>\n<style>" + std::string(report_style) + "</style>\n</head>\n<body>\n";
  out += "<h1>" + html(study.title) + "</h1>\n<p class=\"lead\">" + html(study.lead) +
         (alone ? ", trained " : ", each trained ") + (full.variant.config.encoders.used() ? "" : "from scratch ") +
         "on the same " + (training > 0 ? whole(training) + " " : "") + (result.scenes() ? "generated " : "") + noun +
         " for " + whole(recipe.epochs) + " epochs" +
         (seeds ? ", with " + whole(static_cast<std::int64_t>(study.seeds.size())) + " seeds" : "") +
         ". The checkpoint of each is chosen on validation " + noun + "; all figures below are from " +
         (validated ? "these " : "") + scored + (validated ? " " : " other ") + noun + " with " +
         whole(result.captions) + " captions.</p>\n";
  if (study.quick)
    out +=
        "<p><b>This was the quick demo:</b> few scenes and epochs, so that it takes under a minute. The models are far "
        "from converged, and their order says little.</p>\n";
  out += "<div class=\"tiles\">\n" +
         tile(number(full.mean.rsum(), 1),
              html(study.slot ? "RSum with " + full.variant.name + ", of 600" : "RSum of " + model + ", of 600")) +
         tile(number(result.chance, 1), "RSum of guessing") +
         tile(number(full.mean.text_to_image.r1, 1) + " %", "captions whose picture comes first of " + scored) +
         tile(mgan::train::clock_text(result.seconds), "minutes:seconds in all, on " + threads_text(result)) +
         "</div>\n";

  out += std::string("<h2>") +
         (study.slot ? "Modules"
          : alone    ? "Recalls"
                     : "Ablation table") +
         "</h2>\n<p><b>" + html(result.verdict()) + "</b></p>\n" + variants_table(result) +
         "<p class=\"note\">R@K: percent of queries with a right answer among the first K; RSum: the sum of all six. ± "
         "is one standard error over " +
         noun + "; for differences it is that of the paired difference. Differences below about " +
         number(result.noise(), 0) + " are noise of " + scored + " " + noun + "; " +
         (seeds ? "figures are means over the seeds, whose deviation has a column of its own."
                : "each model was trained once, and another seed adds its own noise.") +
         "</p>\n" + paper_note(result) + seeds_table(result) + pairs_table(result);
  if (study.slot) out += cost_table(result);
  out += "<h2>Training</h2>\n" + charts(result) +
         "<p class=\"note\">Left: mean over neighbouring steps, single steps behind it. " +
         (has_hardest(full.variant.config.loss) && recipe.warmup_epochs > 0 && recipe.warmup_epochs < recipe.epochs
              ? "At the dashed line the loss changes from the sum over all negatives to the hardest alone. "
              : "") +
         "Right: the ring is the checkpoint in the table.</p>\n";
  if (!result.post_hoc.empty())
    out += "<h2>Granularities of " + model + "</h2>\n<p class=\"note\">" + html(post_hoc_label) +
           (seeds ? "; seed " + std::to_string(study.seeds[0]) : "") + ".</p>\n" + post_hoc_table(result);
  if (!result.gallery.captions.empty()) out += gallery_html(result.gallery, noun, model);
  out += "<h2>What was run</h2>\n" + what_was_run(result) + "</body>\n</html>\n";
  return out;
}

}  // namespace program
