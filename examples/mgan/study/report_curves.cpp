#include <algorithm>

#include "app/report_parts.hpp"
#include "report_pieces.hpp"

namespace program {

namespace {

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

/// A line for every run, in the style of its variant; f(line, curves) puts the points in.
template <class F>
void add_lines(const StudyResult& result, Chart& chart, const F& f) {
  for (std::size_t r = 0; r < result.variants.size(); ++r) {
    for (const RunResult& run : result.variants[r].runs) {
      ChartLine line{result.variants[r].variant.name, static_cast<int>(r), {}, {}, -1, false};
      if (result.study.seeds.size() > 1) line.name += ", seed " + std::to_string(run.seed);
      f(line, run.curves);
      chart.lines.push_back(std::move(line));
    }
  }
}

Chart loss_chart(const StudyResult& result) {
  const Config& config = result.variants[0].variant.config;
  const std::int64_t warmup =
      (has_hardest(config.loss) ? config.recipe.warmup_epochs : 0) * result.variants[0].runs[0].curves.steps_an_epoch;
  Chart chart{"Loss of a batch",
              "step",
              config.loss.name == LossName::triplet ? "loss, summed over the batch" : "loss",
              true,
              {},
              static_cast<double>(warmup),
              "hardest negatives from here"};
  add_lines(result, chart, [&](ChartLine& line, const Curves& curves) {
    Points raw;
    for (std::size_t i = 0; i < curves.ranking.size(); ++i)
      raw.emplace_back(static_cast<double>(i + 1), curves.ranking[i]);
    line.points = thinned(smoothed(curves.ranking, static_cast<std::size_t>(warmup)), 400);
    line.faint = thinned(raw, 400);
  });
  return chart;
}

Chart recall_chart(const StudyResult& result) {
  Chart chart{std::string("RSum on validation ") + result.noun(), "epoch", "RSum of 600", false, {}, -1, ""};
  add_lines(result, chart, [](ChartLine& line, const Curves& curves) {
    line.dots = true;
    for (const auto& v : curves.validation) {
      if (v.epoch == curves.best().epoch) line.marked = static_cast<int>(line.points.size());
      line.points.emplace_back(static_cast<double>(v.epoch), v.rsum);
    }
  });
  return chart;
}

}  // namespace

std::string line_key(std::size_t style) {
  return "<svg class=\"key\" viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"curve line-" +
         std::to_string(style) + "\" d=\"M0 5H26\"/></svg>";
}

std::string charts(const StudyResult& result) {
  std::string out = "<div class=\"legend\">";
  for (std::size_t r = 0; r < result.variants.size(); ++r)
    out += "<span>" + line_key(r) + html(result.variants[r].variant.name) + "</span>";
  out += "</div>\n<div class=\"charts\">\n";
  for (const Chart& chart : {loss_chart(result), recall_chart(result)})
    out += "<figure><h3>" + html(chart.title) + "</h3>\n" + chart_svg(chart) + "</figure>\n";
  return out + "</div>\n";
}

}  // namespace program
