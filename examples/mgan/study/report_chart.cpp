#include <algorithm>
#include <cmath>
#include <limits>

#include "app/report_parts.hpp"

namespace program {

namespace {

constexpr double width = 560, height = 330, left = 58, right = 14, top = 14, bottom = 46;

/// An axis from data to pixels, with its ticks.
struct Axis {
  double low = 0, high = 1;  // of what is drawn: the logarithm, if logarithmic
  double from = 0, to = 1;   // pixels
  bool logarithmic = false;
  std::vector<double> ticks;

  double operator()(double x) const {
    return from + ((logarithmic ? std::log10(x) : x) - low) / (high - low) * (to - from);
  }
};

/// Ticks at 1, 2 or 5 times a power of ten, about `count` of them; the axis ends at ticks.
Axis linear_axis(double low, double high, double from, double to, int count, bool whole_numbers) {
  const double rough = std::max(high - low, 1e-9) / count, power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double m : {5.0, 2.0, 1.0})
    if (m * power >= rough) step = m * power;
  if (whole_numbers) step = std::max(step, 1.0);
  Axis axis{std::floor(low / step) * step, std::ceil(high / step) * step, from, to, false, {}};
  for (double t = axis.low; t < axis.high + step / 2; t += step) axis.ticks.push_back(t);
  return axis;
}

/// Ticks at powers of ten; where the axis is short, also at multiples of them.
Axis logarithmic_axis(double low, double high, double from, double to) {
  Axis axis{std::log10(low) - 0.05, std::log10(high) + 0.05, from, to, true, {}};
  const double decades = axis.high - axis.low;
  std::vector<double> multiples = {1};
  if (decades < 3) multiples = {1, 2, 5};
  if (decades < 1) multiples = {1, 1.5, 2, 3, 4, 5, 6, 8};
  for (double power = std::pow(10, std::floor(axis.low)); power <= high * 2; power *= 10) {
    for (const double m : multiples) {
      const double place = std::log10(m * power);
      if (place >= axis.low && place <= axis.high) axis.ticks.push_back(m * power);
    }
  }
  return axis;
}

std::string tick_text(double t) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", std::abs(t) < 1e-12 ? 0 : t);
  return text;
}

std::string path_of(const Points& points, const Axis& x, const Axis& y) {
  std::string path;
  for (const auto& [px, py] : points) {
    if (y.logarithmic && !(py > 0)) continue;
    path += path.empty() ? "M" : "L";
    path += number(x(px), 1) + " " + number(y(py), 1);
  }
  return path;
}

std::string text_at(double x, double y, const char* anchor, const std::string& text, const char* extra = "") {
  return "<text x=\"" + number(x, 1) + "\" y=\"" + number(y, 1) + "\" text-anchor=\"" + anchor + "\"" + extra + ">" +
         html(text) + "</text>\n";
}

}  // namespace

Points thinned(const Points& points, std::size_t count) {
  if (points.size() <= count) return points;
  Points some;
  for (std::size_t i = 0; i < count; ++i) some.push_back(points[i * (points.size() - 1) / (count - 1)]);
  return some;
}

std::string chart_svg(const Chart& chart) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double x_low = infinity, x_high = -infinity, y_low = infinity, y_high = -infinity;
  for (const ChartLine& line : chart.lines) {
    for (const Points* points : {&line.points, &line.faint}) {
      for (const auto& [px, py] : *points) {
        if (!std::isfinite(py) || (chart.logarithmic && !(py > 0))) continue;
        x_low = std::min(x_low, px), x_high = std::max(x_high, px);
        y_low = std::min(y_low, py), y_high = std::max(y_high, py);
      }
    }
  }
  if (!(x_low <= x_high)) x_low = 0, x_high = 1, y_low = 1, y_high = 2;
  Axis x = linear_axis(x_low, x_high, left, width - right, 6, true);
  x.low = x_low, x.high = std::max(x_high, x_low + 1e-9);  // lines go from edge to edge
  const Axis y = chart.logarithmic ? logarithmic_axis(y_low, y_high, height - bottom, top)
                                   : linear_axis(std::min(0.0, y_low), y_high, height - bottom, top, 6, false);

  std::string svg =
      "<svg viewBox=\"0 0 560 330\" role=\"img\" aria-label=\"" + html(chart.title) + "\">\n<g class=\"grid\">\n";
  for (const double t : y.ticks) {
    svg += "<path d=\"M" + number(left, 1) + " " + number(y(t), 1) + "H" + number(width - right, 1) + "\"/>\n";
    svg += text_at(left - 7, y(t) + 4, "end", tick_text(t));
  }
  for (const double t : x.ticks) {
    if (t < x.low || t > x.high) continue;
    svg += "<path class=\"tick\" d=\"M" + number(x(t), 1) + " " + number(height - bottom, 1) + "v5\"/>\n";
    svg += text_at(x(t), height - bottom + 19, "middle", tick_text(t));
  }
  svg += "<path class=\"axis\" d=\"M" + number(left, 1) + " " + number(height - bottom, 1) + "H" +
         number(width - right, 1) + "\"/>\n";
  svg += text_at((left + width - right) / 2, height - 8, "middle", chart.x_label, " class=\"label\"");
  svg += text_at(
      0, 0, "middle", chart.y_label,
      (" class=\"label\" transform=\"translate(13 " + number((top + height - bottom) / 2, 1) + ") rotate(-90)\"")
          .c_str());
  if (chart.divider > x.low && chart.divider < x.high) {
    svg += "<path class=\"divider\" d=\"M" + number(x(chart.divider), 1) + " " + number(top, 1) + "V" +
           number(height - bottom, 1) + "\"/>\n";
    svg += text_at(x(chart.divider) + 6, top + 11, "start", chart.divider_label);
  }
  svg += "</g>\n";

  for (const ChartLine& line : chart.lines) {
    const std::string path = path_of(line.faint, x, y);
    if (!path.empty()) svg += "<path class=\"faint line-" + std::to_string(line.style) + "\" d=\"" + path + "\"/>\n";
  }
  for (auto line = chart.lines.rbegin(); line != chart.lines.rend(); ++line) {  // the first one on top
    const std::string style = "line-" + std::to_string(line->style);
    svg += "<path class=\"curve " + style + "\" d=\"" + path_of(line->points, x, y) + "\"><title>" + html(line->name) +
           "</title></path>\n";
    for (std::size_t i = 0; i < line->points.size(); ++i) {
      const auto& [px, py] = line->points[i];
      const bool ring = static_cast<int>(i) == line->marked;
      if (!ring && !line->dots) continue;
      svg += "<circle class=\"" + std::string(ring ? "ring " : "dot ") + style + "\" cx=\"" + number(x(px), 1) +
             "\" cy=\"" + number(y(py), 1) + "\" r=\"" + (ring ? "5" : "2.4") + "\"><title>" + html(line->name) + ": " +
             number(py, 1) + "</title></circle>\n";
    }
  }
  return svg + "</svg>\n";
}

}  // namespace program
