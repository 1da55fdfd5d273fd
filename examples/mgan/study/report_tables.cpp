#include "app/report_parts.hpp"
#include "evaluate/published.hpp"
#include "evaluate/significance.hpp"
#include "report_pieces.hpp"

namespace program {

namespace {

/// `more`: what stands behind the recalls.
std::string table_head(const std::vector<std::string>& more) {
  std::string above, below;
  for (const std::string& name : more) above += "<th></th>", below += "<th>" + name + "</th>";
  return "<div class=\"scroll\"><table><thead>\n<tr><th></th><th class=\"group\" colspan=\"4\">image to text</th>"
         "<th class=\"group\" colspan=\"4\">text to image</th><th></th>" +
         above +
         "</tr>\n<tr><th></th><th class=\"first\">R@1</th><th>R@5</th><th>R@10</th><th>median</th><th "
         "class=\"first\">R@1</th>"
         "<th>R@5</th><th>R@10</th><th>median</th><th>RSum of 600</th>" +
         below + "</tr></thead>\n<tbody>\n";
}

std::string recall_cells(const mgan::Recall& r) {
  return "<td class=\"first\">" + number(r.r1, 1) + "</td><td>" + number(r.r5, 1) + "</td><td>" + number(r.r10, 1) +
         "</td><td>" + number(r.median_rank, 0) + "</td>";
}

std::string metric_cells(const mgan::RetrievalMetrics& m, const std::string& error = "") {
  return recall_cells(m.image_to_text) + recall_cells(m.text_to_image) + "<td class=\"rsum\">" + number(m.rsum(), 1) +
         error + "<i><b style=\"width:" + number(m.rsum() / 6, 1) + "%\"></b></i></td>";
}

std::string signed_number(double x) {
  const std::string digits = number(x, 1, true);
  return x > 0 ? std::string(1, '+').append(digits) : digits;
}

}  // namespace

std::string variants_table(const StudyResult& result) {
  const bool seeds = result.study.seeds.size() > 1, paper = result.study.beside_paper;
  std::vector<std::string> more = {"from full"};
  if (paper) more = {"from full, 95 %", "paper: RSum", "from full"};
  if (seeds) more.insert(more.begin(), "over seeds");
  std::string out = table_head(more);
  for (std::size_t r = 0; r < result.variants.size(); ++r) {
    const VariantResult& v = result.variants[r];
    const auto [low, high] = v.interval;
    const std::string range = "<small>" + signed_number(low) + " to " + signed_number(high) + "</small>";
    const std::string difference =
        r == 0 ? "–" : signed_number(v.difference) + (paper ? range : " ± " + number(v.difference_error, 1));
    out += std::string("<tr") + (&v == &result.best() ? " class=\"best\"" : "") + "><td>" + line_key(r) +
           html(v.variant.name) + "<small>" + html(v.variant.what) + "</small></td>" +
           metric_cells(v.mean, " ± " + number(v.error, 1));
    if (seeds) out += "<td>± " + number(v.deviation, 1) + "</td>";
    out += "<td>" + difference + "</td>";
    if (const PublishedRow* row = published_ablation(v.variant.folder); paper && row != nullptr) {
      out += "<td>" + number(row->rsum(), 1) + "</td><td>" +
             (r == 0 ? std::string("–") : signed_number(row->rsum() - published_ablation("full")->rsum())) + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string seeds_table(const StudyResult& result) {
  if (result.study.seeds.size() == 1) return "";
  std::string out = "<h2>Seeds</h2>\n<div class=\"scroll\"><table><thead>\n<tr><th></th>";
  for (const std::uint64_t seed : result.study.seeds)
    out += "<th>RSum, seed " + std::to_string(seed) + "</th><th>from full</th>";
  out += "<th>deviation of that</th></tr></thead>\n<tbody>\n";
  for (const VariantResult& v : result.variants) {
    out += "<tr><td>" + html(v.variant.name) + "</td>";
    for (std::size_t s = 0; s < v.runs.size(); ++s) {
      const double rsum = v.runs[s].metrics.rsum(), full = result.variants[0].runs[s].metrics.rsum();
      out += "<td>" + number(rsum, 1) + "</td><td>" +
             (&v == &result.variants[0] ? std::string("–") : signed_number(rsum - full)) + "</td>";
    }
    out += "<td>" + number(v.difference_deviation, 1) + "</td></tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string pairs_table(const StudyResult& result) {
  if (result.study.seeds.size() == 1) return "";
  std::string out =
      "<p class=\"note\">Any two runs, the difference of RSum and 95 % of what it is over queries drawn anew (paired "
      "bootstrap, " +
      whole(bootstrap_samples) + " samples):</p>\n<div class=\"scroll\"><table><thead>\n<tr><th>run</th><th>less</th>" +
      "<th>difference</th><th>95 %</th></tr></thead>\n<tbody>\n";
  for (const PairOfRuns& pair : result.pairs)
    out += "<tr><td>" + html(pair.first) + "</td><td>" + html(pair.second) + "</td><td>" +
           signed_number(pair.difference) + "</td><td>" + signed_number(pair.low) + " to " + signed_number(pair.high) +
           "</td></tr>\n";
  return out + "</tbody></table></div>\n";
}

std::string paper_note(const StudyResult& result) {
  if (!result.study.beside_paper) return "";
  if (result.unlike_paper.empty())
    return "<p class=\"note\">The paper's figures are those of its Table 4; data, encoders and recipe are the "
           "same.</p>\n";
  std::string out =
      "<p><b>Not comparable with the paper's figures</b> (Table 4: MGAN* on the test split of Flickr30K):</p>\n<ul>\n";
  for (const std::string& reason : result.unlike_paper) out += "<li>" + html(reason) + "</li>\n";
  return out + "</ul>\n";
}

std::string cost_table(const StudyResult& result) {
  std::string out =
      "<table>\n<thead><tr><th>module</th><th>RSum alone</th><th>parameters of the model</th><th>µs a pair</th>"
      "<th>MB</th></tr></thead>\n<tbody>\n";
  for (const VariantResult& v : result.variants) {
    out += "<tr><td>" + html(v.variant.name) + "</td><td>" + number(v.slot.alone.rsum(), 1) + "</td><td>" +
           whole(v.runs[0].parameters) + "</td><td>" + number(v.slot.cost.microseconds, 3) + "</td><td>" +
           number(v.slot.cost.megabytes, 1) + "</td></tr>\n";
  }
  return out + "</tbody>\n</table>\n<p class=\"note\">Alone: the recalls of the " + word_of(*result.study.slot) +
         " scores by themselves. Time and memory: scoring all pairs of 100 pictures and 500 captions, forward, "
         "prepared "
         "sides given; memory is what the process grew by.</p>\n";
}

std::string post_hoc_table(const StudyResult& result) {
  std::string out = table_head({});
  out += "<tr class=\"best\"><td>all three</td>" + metric_cells(result.variants[0].runs[0].metrics) + "</tr>\n";
  for (const auto& [name, metrics] : result.post_hoc)
    out += "<tr><td>" + html(name) + "</td>" + metric_cells(metrics) + "</tr>\n";
  return out + "</tbody></table></div>\n";
}

}  // namespace program
