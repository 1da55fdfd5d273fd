// Curves into an SVG: one panel a series, a line for each of what is compared.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "mgan/io/json.hpp"

namespace bench {

/// 0.0123456 -> "0.0123", 1200000 -> "1.2 M"
inline std::string short_number(double x) {
  char text[32];
  if (x >= 1e5) std::snprintf(text, sizeof text, "%.3g M", x / 1e6);
  else std::snprintf(text, sizeof text, "%.5g", x);
  return text;
}

/// From a number to a place on an axis, 0 to 1; the marks are where numbers stand.
struct Axis {
  bool logarithmic;
  double from, to;
  std::vector<double> marks;

  double operator()(double x) const {
    return logarithmic ? std::log(x / from) / std::log(to / from) : (x - from) / (to - from);
  }
  /// Powers of ten.
  static Axis tens(double least, double most) {
    Axis a{true, std::pow(10, std::floor(std::log10(least))), std::pow(10, std::ceil(std::log10(most))), {}};
    for (double x = a.from; x < a.to * 1.01; x *= 10) a.marks.push_back(x);
    return a;
  }
  /// From zero in steps of 1, 2 or 5, at most five of them.
  static Axis zero(double most) {
    double step = std::pow(10, std::floor(std::log10(most)) - 1);
    for (int i = 0; step * 5 < most; ++i) step *= i % 3 == 1 ? 2.5 : 2;
    Axis a{false, 0, step * std::ceil(most / step), {}};
    for (double x = 0; x < a.to * 1.001; x += step) a.marks.push_back(x);
    return a;
  }
};

struct PanelText {
  const char *series, *title, *factor;
};
inline constexpr PanelText panel_texts[] = {
    {"pairs", "Time by the number of pairs", "pairs"}, {"K", "Time by patches", "patches of an image, K"},
    {"D", "Time by width", "width of a vector, D"},    {"words", "Time by words", "words of a caption, mean"},
    {"memory", "Memory of a training step", "batch"},
};

using Line = std::vector<std::pair<double, double>>;

/// One panel, w x h, at (left, top).
inline void draw_panel(std::ostream& svg, const PanelText& text, const std::map<std::string, Line>& lines, double left,
                       double top, double w, double h) {
  const char* const colours[] = {"#d98b3a", "#4a83c9", "#5f9e6e"};
  const bool memory = std::string(text.series) == "memory";
  const std::string unit = memory ? "MB at the peak" : "microseconds a pair";
  std::vector<double> xs;
  double least_y = 1e300, most_y = 0;
  for (const auto& [name, points] : lines)
    for (const auto& [x, y] : points) {
      if (std::find(xs.begin(), xs.end(), x) == xs.end()) xs.push_back(x);
      least_y = std::min(least_y, y), most_y = std::max(most_y, y);
    }
  std::sort(xs.begin(), xs.end());
  const bool wide = std::string(text.series) == "pairs" || memory;  // each point is several times the last
  const Axis across{wide, wide ? xs.front() * 0.7 : 0, wide ? xs.back() * 1.4 : xs.back() * 1.06, xs};
  const Axis up = memory ? Axis::tens(least_y, most_y) : Axis::zero(most_y);
  const auto at_x = [&](double x) { return left + w * across(x); };
  const auto at_y = [&](double y) { return top + h - h * up(y); };

  svg << "<text x=\"" << left << "\" y=\"" << top - 26 << "\" font-weight=\"bold\">" << text.title << "</text>\n"
      << "<text x=\"" << left << "\" y=\"" << top - 10 << "\" fill=\"#5b6470\">" << unit << "</text>\n"
      << "<text x=\"" << left + w / 2 << "\" y=\"" << top + h + 36 << "\" text-anchor=\"middle\" fill=\"#5b6470\">"
      << text.factor << "</text>\n";
  for (const double y : up.marks)
    svg << "<path d=\"M" << left << ' ' << at_y(y) << 'H' << left + w << "\" stroke=\"#e3e6ea\"/><text x=\"" << left - 6
        << "\" y=\"" << at_y(y) + 4 << "\" text-anchor=\"end\">" << short_number(y) << "</text>\n";
  svg << "<path d=\"M" << left << ' ' << top << 'V' << top + h << 'H' << left + w
      << "\" fill=\"none\" stroke=\"#5b6470\"/>\n";
  for (const double x : across.marks)
    svg << "<text x=\"" << at_x(x) << "\" y=\"" << top + h + 18 << "\" text-anchor=\"middle\">" << short_number(x)
        << "</text>\n";
  int index = 0;
  for (const auto& [name, points] : lines) {
    const char* colour = lines.size() == 1 ? colours[1] : colours[index % 3];
    svg << "<polyline fill=\"none\" stroke=\"" << colour << "\" stroke-width=\"2\" points=\"";
    for (const auto& [x, y] : points) svg << at_x(x) << ',' << at_y(y) << ' ';
    svg << "\"/>\n";
    for (const auto& [x, y] : points)
      svg << "<circle r=\"3.5\" fill=\"" << colour << "\" cx=\"" << at_x(x) << "\" cy=\"" << at_y(y) << "\"><title>"
          << name << ": " << short_number(y) << "</title></circle>\n";
    const double key = left + w - 110, row = top - 26 + 16 * index;  // above the drawing, on the right
    svg << "<path d=\"M" << key << ' ' << row - 4 << "h18\" stroke=\"" << colour << "\" stroke-width=\"2\"/><text x=\""
        << key + 24 << "\" y=\"" << row << "\">" << name << "</text>\n";
    ++index;
  }
}

/// Points {series, line, x, microseconds_a_pair or MB} as an SVG, two panels a row.
inline std::string drawing(const mgan::io::Json& points) {
  std::map<std::string, std::map<std::string, Line>> series;
  for (const auto& p : points) {
    if (!p.contains("MB") && !p.contains("microseconds_a_pair")) continue;
    const auto& y = p.contains("MB") ? p.at("MB") : p.at("microseconds_a_pair");
    if (y.is_number()) series[p.at("series")][p.at("line")].emplace_back(p.at("x").get<double>(), y.get<double>());
  }
  for (auto& [name, lines] : series)
    for (auto& [line, values] : lines) std::sort(values.begin(), values.end());
  std::ostringstream panels;
  const double width = 420, height = 290;
  int count = 0;
  for (const PanelText& text : panel_texts) {
    if (!series.count(text.series)) continue;
    draw_panel(panels, text, series[text.series], width * (count % 2) + 60, height * (count / 2) + 50, width - 90,
               height - 110);
    ++count;
  }
  const int rows = (count + 1) / 2;
  std::ostringstream svg;
  svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width * 2 << ' ' << height * rows
      << "\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n"
      << "<title>What a pair costs, one factor at a time</title>\n<rect width=\"100%\" height=\"100%\" "
         "fill=\"#fff\"/>\n"
      << panels.str() << "</svg>\n";
  return svg.str();
}

}  // namespace bench
