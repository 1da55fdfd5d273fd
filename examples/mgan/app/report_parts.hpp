// Pieces of a page: escaped text, numbers, pictures as data URIs, line charts as SVG.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/image/picture.hpp"

namespace program {

/// Text for element contents and quoted attributes.
std::string html(std::string_view text);
/// `12.3`, never `-0.0`; a minus sign is U+2212 where `typeset`.
std::string number(double x, int digits, bool typeset = false);

/// The picture as a PNG file.
std::string png_bytes(const mgan::image::Picture& picture);
std::string base64(std::string_view bytes);
/// `data:image/png;base64,...`
std::string data_uri(const mgan::image::Picture& picture);

using Points = std::vector<std::pair<double, double>>;

/// A line of a chart; its colour and dashes are the style sheet's class `line-CLASS`.
struct ChartLine {
  std::string name;
  int style = 0;
  Points points;
  Points faint;       // drawn thin behind all lines
  int marked = -1;    // index of a point that gets a ring
  bool dots = false;  // a dot at every point
};

struct Chart {
  std::string title, x_label, y_label;
  bool logarithmic = false;  // y; values <= 0 are left out
  std::vector<ChartLine> lines;
  double divider = -1;  // x of a dashed vertical line, if positive
  std::string divider_label;
};
std::string chart_svg(const Chart& chart);

/// `count` points at most, evenly taken.
Points thinned(const Points& points, std::size_t count);

}  // namespace program
