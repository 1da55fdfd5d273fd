#include <algorithm>
#include <map>

#include "app/report_parts.hpp"
#include "output.hpp"
#include "page_style.hpp"
#include "panels.hpp"
#include "thumbnail.hpp"

namespace program::search {

namespace {

std::string percent(double share) { return number(100 * share, share < 0.0995 ? 1 : 0) + " %"; }
std::string count(std::size_t n, const char* one) { return std::to_string(n) + " " + one + (n == 1 ? "" : "s"); }

/// Every picture once, to be drawn as often as needed.
class Pictures {
 public:
  explicit Pictures(const Index& index) : index_(index) {}

  Drawn of(std::size_t image) {
    const IndexedImage& entry = index_.manifest().images[image];
    const auto [found, is_new] =
        drawn_.try_emplace(image, Drawn{std::to_string(image).insert(0, 1, 'p'), entry.width, entry.height});
    if (is_new) defs_ += picture_def(found->second, data_uri(index_.thumbnail(image)));
    return found->second;
  }
  std::string defs() const { return "<svg class=\"defs\" aria-hidden=\"true\"><defs>\n" + defs_ + "</defs></svg>\n"; }

 private:
  const Index& index_;
  std::map<std::size_t, Drawn> drawn_;
  std::string defs_;
};

/// The best pictures of all granularities, and of all but one; framed where the full model has them not.
std::string left_out(const Answer& a, Pictures& pictures) {
  std::string out;
  std::vector<std::size_t> full;
  for (const Result& result : a.results) full.push_back(result.image);
  const auto strip = [&](const std::string& title, const char* style, std::vector<std::size_t> images) {
    const std::size_t shown = std::min<std::size_t>(images.size(), 8);
    out += std::string("<b class=\"") + style + "\">" + title + "</b><div class=\"strip " + style + "\">";
    for (std::size_t i = 0; i < shown; ++i) {
      const bool known = std::find(full.begin(), full.end(), images[i]) != full.end();
      out += std::string("<span") + (known ? "" : " class=\"new\"") + ">" +
             panel(pictures.of(images[i]), "", "place " + std::to_string(i + 1)) + "</span>";
    }
    out += "</div>\n";
  };
  strip("all", "", full);
  for (std::size_t g = 0; g < 3; ++g) {
    if (!a.best_without[g].empty())
      strip(std::string("without <i>") + granularity_names[g] + "</i>", granularity_names[g], a.best_without[g]);
  }
  return "<h2>What changes when a granularity is left out</h2>\n<p class=\"note\">The first pictures of each sum; a "
         "frame "
         "marks one that is not among the first " +
         std::to_string(full.size()) + " of all granularities.</p>\n<div class=\"leave\">\n" + out + "</div>\n";
}

bool is_whole(const mgan::image::PictureWindow& seen) {
  return seen.left <= 0 && seen.top <= 0 && seen.right >= 1 && seen.bottom >= 1;
}

std::string patch_figure(const Explanation& e, const Drawn& picture) {
  const auto by_weight = [](const PatchNumbers& a, const PatchNumbers& b) { return a.weight < b.weight; };
  const auto [low, high] = std::minmax_element(e.patches.begin(), e.patches.end(), by_weight);
  return "<figure>" + panel(picture, patch_shades(e, picture), "patches by their weight") +
         "<figcaption><b>Patches</b> that the selector kept, light where their weight in the interaction is large: " +
         percent(low->weight) + " to " + percent(high->weight) +
         " (equal ones: " + percent(1 / static_cast<double>(e.patches.size())) + "). Dropped ones are black" +
         (is_whole(e.seen) ? "" : ", and so is what the encoder does not see") + ".</figcaption></figure>\n";
}

std::string view_figure(const Explanation& e, const Drawn& picture) {
  const auto by_weight = [](const BoxNumbers& a, const BoxNumbers& b) { return a.weight < b.weight; };
  const auto most = std::max_element(e.boxes.begin(), e.boxes.end(), by_weight);
  return "<figure>" + panel(picture, box_shades(e, picture), "boxes by their part in the best view") +
         "<figcaption><b>View " + std::to_string(e.view + 1) + " of " + std::to_string(e.views) +
         "</b> fits best, cosine " + number(e.view_cosine, 2, true) + ": what it takes of each of " +
         (e.boxes.size() == 1 ? std::string("1 box") : std::to_string(e.boxes.size()) + " boxes") + ", " +
         percent(most->weight) + " at most.</figcaption></figure>\n";
}

std::string word_figure(const Explanation& e, const Drawn& picture) {
  double most = 0;
  for (const WordNumbers& w : e.words) most = std::max(most, w.weight);
  std::string words;
  for (std::size_t i = 0; i < e.words.size(); ++i) {
    const WordNumbers& w = e.words[i];
    words += "<span style=\"--w:" + number(50 * w.weight / most, 0) + "%\">" + html(w.word) + " <small>" +
             std::to_string(i + 1) + " · " + number(w.cosine, 2, true) + "</small></span>";
  }
  return "<figure>" + panel(picture, word_marks(e, picture), "strongest patch of each word") +
         "<figcaption><b>Each word's strongest patch</b>, by number, with the cosine; the more colour, the larger "
         "the word's weight.<div class=\"words\">" +
         words + "</div></figcaption></figure>\n";
}

/// Shares of a positive score as a bar, and the table below it.
std::string numbers_of(const Result& result, const Answer& a, std::size_t images) {
  double positive = 0;
  for (const PartOfResult& part : result.part) positive += std::max(0.0, part.weighted);
  std::string bar, rows;
  for (std::size_t g = 0; g < 3; ++g) {
    if (!a.has[g]) continue;
    const PartOfResult& part = result.part[g];
    const std::string style = granularity_names[g];
    if (part.weighted > 0)
      bar += "<i class=\"" + style + "\" style=\"width:" + number(100 * part.weighted / positive, 2) + "%\"></i>";
    rows += "<tr class=\"" + style + "\"><td>" + style + "</td><td>" + number(part.score, 3, true) + " × " +
            number(a.weight[g], 1) + " = " + number(part.weighted, 3, true) + "</td><td>" +
            std::to_string(part.rank_alone) + "</td><td>" +
            (part.rank_without > 0 ? std::to_string(part.rank_without) : std::string("–")) + "</td></tr>\n";
  }
  return "<div class=\"bar\">" + bar +
         "</div><div class=\"scroll\"><table><thead><tr><th></th><th>score × weight</th>"
         "<th>rank alone</th><th>rank without it</th></tr></thead><tbody>" +
         rows + "</tbody></table></div>\n<!-- of " + std::to_string(images) + " images -->";
}

std::string result_card(const Index& index, const Answered& answered, std::size_t r, Pictures& pictures) {
  const Result& result = answered.answer.results[r];
  const Drawn picture = pictures.of(result.image);
  std::vector<std::string> figures;
  if (r < answered.explanations.size()) {
    const Explanation& e = answered.explanations[r];
    if (!e.patches.empty()) figures.push_back(patch_figure(e, picture));
    if (e.view >= 0) figures.push_back(view_figure(e, picture));
    if (!e.words.empty()) figures.push_back(word_figure(e, picture));
  }
  if (figures.empty()) figures.push_back("<figure>" + panel(picture, "", "result") + "</figure>");
  std::string out = "<article class=\"result\"><header><b>" + std::to_string(result.rank) + "</b><b>" +
                    number(result.score, 3, true) + "</b><code>" + html(index.manifest().images[result.image].name) +
                    "</code></header>\n<div class=\"panels" + (figures.size() < 3 ? " few" : "") + "\">\n";
  for (const std::string& figure : figures) out += figure;
  return out + "</div>\n" + numbers_of(result, answered.answer, index.size()) + "</article>\n";
}

std::string section(const Index& index, const Answered& answered, Pictures& pictures) {
  const Answer& a = answered.answer;
  std::string out = "<section class=\"query\">\n<h1>";
  out += answered.sentence ? "“" + html(answered.title()) + "”" : "Pictures like " + html(answered.title());
  out += "</h1>\n<p class=\"note\">The first " + std::to_string(a.results.size()) + " of " +
         count(index.size(), "image") + ". Encoded in " + number(a.encoding_ms, 1) + " ms, scored in " +
         number(a.scoring_ms, 1) + " ms.</p>\n";
  if (answered.sentence)
    for (const std::string& warning : answered.sentence->warnings)
      out += "<p class=\"note warning\">" + html(warning) + "</p>\n";
  if (answered.picture) {
    out +=
        "<p class=\"note\">Between pictures: the best pair of views, the cosine of the [CLS] vectors, and the mean "
        "of each kept patch's best cosine on the other side. The model was trained on sentences, not on "
        "this.</p>\n<div class=\"asked\"><img alt=\"the picture that was asked for\" style=\"width:100%\" src=\"" +
        data_uri(answered.picture->thumbnail) + "\"></div>\n";
  }
  if (std::any_of(a.best_without.begin(), a.best_without.end(), [](const auto& b) { return !b.empty(); }))
    out += left_out(a, pictures);
  out += "<h2>Results</h2>\n";
  for (std::size_t r = 0; r < a.results.size(); ++r) out += result_card(index, answered, r, pictures);
  return out + "</section>\n";
}

}  // namespace

std::string page_of(const Index& index, const std::vector<Answered>& all) {
  Pictures pictures(index);
  std::string sections;
  for (const Answered& answered : all) sections += section(index, answered, pictures);
  const std::string title = all.size() == 1 ? all[0].title() : std::to_string(all.size()) + " searches";
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
         "content=\"width=device-width, initial-scale=1\">\n<title>" +
         html(title) + " · mgan search</title>\n<style>" + page_style + "</style></head>\n<body>\n" + pictures.defs() +
         sections + "<p class=\"note\">" + html(index.manifest().source) +
         ". A score is the sum of its granularities, each times its weight; ranks are among all " +
         count(index.size(), "image") + ".</p>\n</body></html>\n";
}

}  // namespace program::search
