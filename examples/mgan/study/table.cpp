#include <algorithm>
#include <cstring>

#include "evaluate/published.hpp"
#include "model/scoring.hpp"
#include "result.hpp"

namespace program {

namespace {

template <class... T>
std::string text_of(const char* format, const T&... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::size_t name_width(const StudyResult& result) {
  std::size_t width = 0;
  for (const VariantResult& v : result.variants) width = std::max(width, v.variant.name.size());
  return width;
}

/// Recalls and ranks; differences with their standard error; what the slot of a comparison costs.
std::string own_table(const StudyResult& result) {
  const std::size_t width = name_width(result);
  std::string text = table_header(width);
  text.back() = ' ';
  if (result.study.seeds.size() > 1) text += "  over seeds ";
  text += !result.study.slot
              ? "  from the full model\n"
              : "  from " + result.variants[0].variant.name + "      alone   parameters   us/pair      MB\n";
  for (const VariantResult& v : result.variants) {
    text += table_row(v.variant.name, v.mean, width);
    text.pop_back();
    if (result.study.seeds.size() > 1) text += text_of("   +- %5.1f  ", v.deviation);
    const bool first = &v == &result.variants[0];
    const std::string difference = first ? "" : text_of("   %+6.1f +- %.1f", v.difference, v.difference_error);
    text += difference;
    if (result.study.slot) {
      text += std::string(24 - std::min<std::size_t>(24, difference.size()), ' ');
      text += text_of(" %9.1f %12lld %9.3f %7.1f", v.slot.alone.rsum(), static_cast<long long>(v.runs[0].parameters),
                      v.slot.cost.microseconds, v.slot.cost.megabytes);
    }
    text += "\n";
  }
  return text;
}

/// One model: a row a seed, mean and deviation, and any two of them.
std::string seeds_table_text(const StudyResult& result) {
  const VariantResult& model = result.variants[0];
  std::size_t width = 4;  // of "mean"
  for (const RunResult& run : model.runs) width = std::max(width, result.name_of(model, run).size());
  std::string text = table_header(width);
  for (const RunResult& run : model.runs) text += table_row(result.name_of(model, run), run.metrics, width);
  text += table_row("mean", model.mean, width);
  text.back() = ' ';
  text += text_of("+- %.1f over seeds\n", model.deviation);
  text += "\n" + std::string(width, ' ') + "   difference of RSum (95 % of resampled queries)\n";
  for (const PairOfRuns& pair : result.pairs)
    text += pair.first + " - " + pair.second +
            text_of("   %+6.1f (%+6.1f to %+6.1f)\n", pair.difference, pair.low, pair.high);
  return text;
}

/// `  81.2  96.6  98.7    63.5  88.0  94.0   522.0`
std::string recalls(const double (&r)[6]) {
  std::string text;
  for (int i = 0; i < 6; ++i) text += text_of(i == 3 ? "   %5.1f" : " %5.1f", r[i]);
  return text + text_of("  %6.1f", r[0] + r[1] + r[2] + r[3] + r[4] + r[5]);
}

/// Ours, means over seeds, with the paper's RSum on the right; Table 4 itself below. Differences are of RSum.
std::string table_beside_paper(const StudyResult& result) {
  const std::size_t width = name_width(result);
  const bool seeds = result.study.seeds.size() > 1;
  const auto pad = [&](const std::string& name) { return name + std::string(width - name.size(), ' '); };
  const std::string head = "   R@1   R@5  R@10     R@1   R@5  R@10    RSum";
  const std::string ours = pad("") + "   image -> text       text -> image            " + (seeds ? "   over" : "") +
                           "     from full model            paper: from\n" + pad("") + head + (seeds ? "  seeds" : "") +
                           "          (95 % of queries)     RSum    full\n";
  std::string text = ours, table4;
  const double full = published_ablation("full")->rsum();
  for (const VariantResult& v : result.variants) {
    const auto& [i, t] = v.mean;
    const auto [low, high] = v.interval;
    const bool first = &v == &result.variants[0];
    text += pad(v.variant.name) + recalls({i.r1, i.r5, i.r10, t.r1, t.r5, t.r10});
    if (seeds) text += text_of("  %5.1f", v.deviation);
    text += first ? std::string(27, ' ') : text_of("  %+6.1f (%+6.1f to %+6.1f)", v.difference, low, high);
    if (const PublishedRow* row = published_ablation(v.variant.folder)) {
      text += text_of("  %7.1f", row->rsum()) + (first ? "" : text_of("  %+6.1f", row->rsum() - full));
      table4 += pad(v.variant.name) + recalls(row->r) + "\n";
    }
    text += "\n";
  }
  return text + "\nthe paper's Table 4: MGAN*, Flickr30K, test\n\n" + pad("") + head + "\n" + table4;
}

}  // namespace

std::string table(const StudyResult& result) {
  if (result.variants.size() == 1 && result.study.seeds.size() > 1 && !result.study.slot)
    return seeds_table_text(result);
  return result.study.beside_paper ? table_beside_paper(result) : own_table(result);
}

}  // namespace program
