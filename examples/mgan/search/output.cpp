#include "output.hpp"

#include <algorithm>
#include <cstdio>

#include "app/report_parts.hpp"
#include "mgan/core/utf8.hpp"

namespace program::search {

namespace {

using mgan::io::Json;

std::string padded(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

Json rounded(double x, double steps = 1e6) { return static_cast<double>(std::llround(x * steps)) / steps; }

Json json_of_explanation(const Explanation& e) {
  Json out = Json::object();
  if (!e.patches.empty()) {
    Json patches = Json::array(), words = Json::array();
    for (const PatchNumbers& p : e.patches)
      patches.push_back({{"row", p.cell / e.grid}, {"column", p.cell % e.grid}, {"weight", rounded(p.weight)}});
    for (const WordNumbers& w : e.words) {
      words.push_back({{"word", w.word},
                       {"weight", rounded(w.weight)},
                       {"strongest_patch", w.strongest},
                       {"cosine", rounded(w.cosine)}});
    }
    out["grid"] = e.grid;
    out["seen"] = {rounded(e.seen.left), rounded(e.seen.top), rounded(e.seen.right), rounded(e.seen.bottom)};
    out["patches"] = patches;
    out["words"] = words;
  }
  if (e.view >= 0) {
    Json boxes = Json::array();
    for (const BoxNumbers& b : e.boxes)
      boxes.push_back(
          {{"box", {rounded(b.x1), rounded(b.y1), rounded(b.x2), rounded(b.y2)}}, {"weight", rounded(b.weight)}});
    out["view"] = {{"number", e.view}, {"of", e.views}, {"cosine", rounded(e.view_cosine)}, {"boxes", boxes}};
  }
  return out;
}

}  // namespace

std::string text_of(const Index& index, const Answered& answered) {
  const Answer& a = answered.answer;
  std::string out = mgan::printable(answered.title(), 1000);
  if (answered.sentence) out = "\"" + out + "\"";
  out += ": encoded in " + number(a.encoding_ms, 1) + " ms, " + std::to_string(index.size()) + " images scored in " +
         number(a.scoring_ms, 1) + " ms\n";
  if (answered.sentence)
    for (const std::string& warning : answered.sentence->warnings)
      out += "warning: " + mgan::printable(warning, 300) + "\n";
  std::string head = padded("#", 4) + padded("score", 9), ranks;
  for (std::size_t g = 0; g < 3; ++g) {
    if (!a.has[g]) continue;
    head += padded(granularity_names[g], 9);
    ranks += padded(granularity_names[g], 8);
  }
  out += head + "   rank alone:" + ranks + "  image\n";
  for (const Result& result : a.results) {
    out += padded(std::to_string(result.rank), 4) + padded(number(result.score, 4), 9);
    std::string alone;
    for (std::size_t g = 0; g < 3; ++g) {
      if (!a.has[g]) continue;
      out += padded(number(result.part[g].weighted, 4), 9);
      alone += padded(std::to_string(result.part[g].rank_alone), 8);
    }
    const IndexedImage& image = index.manifest().images[result.image];
    out += std::string(14, ' ') + alone + "  " + mgan::printable(image.path.empty() ? image.name : image.path, 4096) +
           "\n";
  }
  return out;
}

Json json_of(const Index& index, const Answered& answered) {
  const Answer& a = answered.answer;
  Json results = Json::array();
  for (std::size_t r = 0; r < a.results.size(); ++r) {
    const Result& result = a.results[r];
    const IndexedImage& image = index.manifest().images[result.image];
    Json parts = Json::object();
    for (std::size_t g = 0; g < 3; ++g) {
      if (!a.has[g]) continue;
      const PartOfResult& part = result.part[g];
      parts[granularity_names[g]] = {{"score", rounded(part.score)},
                                     {"weight", a.weight[g]},
                                     {"weighted", rounded(part.weighted)},
                                     {"rank_alone", part.rank_alone}};
      if (part.rank_without > 0) parts[granularity_names[g]]["rank_without"] = part.rank_without;
    }
    results.push_back(
        {{"rank", result.rank}, {"image", image.name}, {"score", rounded(result.score)}, {"granularities", parts}});
    if (!image.path.empty()) results.back()["path"] = image.path;
    if (r < answered.explanations.size()) results.back()["made_of"] = json_of_explanation(answered.explanations[r]);
  }
  Json out = {{"images", index.size()},
              {"encoding_ms", rounded(a.encoding_ms, 1e3)},
              {"scoring_ms", rounded(a.scoring_ms, 1e3)},
              {"results", results}};
  if (answered.sentence) {
    out["sentence"] = answered.sentence->text;
    out["words"] = answered.sentence->words;
    out["warnings"] = answered.sentence->warnings;
  } else {
    out["picture"] = answered.title();
  }
  return out;
}

}  // namespace program::search
