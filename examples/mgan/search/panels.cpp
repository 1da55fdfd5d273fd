#include "panels.hpp"

#include <algorithm>
#include <map>

#include "app/report_parts.hpp"

namespace program::search {

namespace {

std::string attribute(const char* name, double x, int digits = 1) {
  return std::string(" ") + name + "=\"" + number(x, digits) + "\"";
}
std::string rect(double x, double y, double w, double h, const std::string& rest, const std::string& tip = "") {
  return "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", w) + attribute("height", h) + rest +
         (tip.empty() ? "/>" : "><title>" + html(tip) + "</title></rect>");
}

/// A cell of the patch grid, which lies on what the encoder saw, in the picture's pixels.
struct Cell {
  double x, y, width, height;
};
Cell cell_of(const Explanation& e, const Drawn& picture, std::int64_t index) {
  const auto& seen = e.seen;
  const double w = picture.width * (seen.right - seen.left) / static_cast<double>(e.grid),
               h = picture.height * (seen.bottom - seen.top) / static_cast<double>(e.grid);
  return {picture.width * seen.left + w * static_cast<double>(index % e.grid),
          picture.height * seen.top + h * static_cast<double>(index / e.grid), w, h};
}

/// Rectangles over what the crop left out.
std::string unseen(const Explanation& e, const Drawn& picture) {
  const auto& seen = e.seen;
  const double w = picture.width, h = picture.height;
  std::string out;
  if (seen.left > 0) out += rect(0, 0, w * seen.left, h, "");
  if (seen.right < 1) out += rect(w * seen.right, 0, w * (1 - seen.right), h, "");
  if (seen.top > 0) out += rect(0, 0, w, h * seen.top, "");
  if (seen.bottom < 1) out += rect(0, h * seen.bottom, w, h * (1 - seen.bottom), "");
  return out;
}

/// 1 2 4 5 6 -> "1 2 4–6"
std::string in_runs(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text.append(text.empty() ? "" : " ").append(std::to_string(numbers[i]));
    if (last > i) text.append(last > i + 1 ? "\u2013" : " ").append(std::to_string(numbers[last]));
    i = last + 1;
  }
  return text;
}

/// Of UTF-8 text.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// A length that looks the same in pictures of any size.
double unit(const Drawn& picture) { return std::max(picture.width, picture.height) / 360.0; }

}  // namespace

std::string picture_def(const Drawn& picture, const std::string& uri) {
  return "<image id=\"" + picture.id + "\" width=\"" + std::to_string(picture.width) + "\" height=\"" +
         std::to_string(picture.height) + "\" preserveAspectRatio=\"none\" href=\"" + uri + "\"" +
         (std::max(picture.width, picture.height) < 130 ? " style=\"image-rendering:pixelated\"" : "") + "/>\n";
}

std::string panel(const Drawn& picture, const std::string& overlay, const std::string& description) {
  return "<svg viewBox=\"0 0 " + std::to_string(picture.width) + " " + std::to_string(picture.height) +
         "\" role=\"img\" aria-label=\"" + html(description) + "\"><use href=\"#" + picture.id + "\"/>" + overlay +
         "</svg>";
}

std::string patch_shades(const Explanation& e, const Drawn& picture) {
  double most = 0;
  std::vector<const PatchNumbers*> kept(static_cast<std::size_t>(e.grid * e.grid), nullptr);
  for (const PatchNumbers& p : e.patches) {
    most = std::max(most, p.weight);
    kept[static_cast<std::size_t>(p.cell)] = &p;
  }
  std::string dropped = unseen(e, picture), shades, outlines;
  for (std::size_t c = 0; c < kept.size(); ++c) {
    const Cell cell = cell_of(e, picture, static_cast<std::int64_t>(c));
    if (!kept[c]) {
      dropped += rect(cell.x, cell.y, cell.width, cell.height, "");
      continue;
    }
    const double weight = kept[c]->weight;
    shades += rect(cell.x, cell.y, cell.width, cell.height, attribute("opacity", 0.7 * (1 - weight / most), 3),
                   number(100 * weight, 2) + " %");
    outlines += rect(cell.x, cell.y, cell.width, cell.height, "");
    if (e.grid > 8) continue;  // no room for a number
    outlines += "<text" + attribute("x", cell.x + 4 * unit(picture)) +
                attribute("y", cell.y + cell.height - 5 * unit(picture)) + attribute("font-size", 12 * unit(picture)) +
                ">" + number(100 * weight, 1) + "</text>";
  }
  return "<g class=\"off\">" + dropped + "</g><g class=\"shade\">" + shades + "</g><g class=\"cell\"" +
         attribute("stroke-width", unit(picture), 2) + " pointer-events=\"none\">" + outlines + "</g>";
}

std::string box_shades(const Explanation& e, const Drawn& picture) {
  std::vector<BoxNumbers> boxes = e.boxes;
  std::stable_sort(boxes.begin(), boxes.end(), [](const auto& a, const auto& b) { return a.weight < b.weight; });
  const double most = boxes.empty() ? 1 : boxes.back().weight, u = unit(picture);
  std::string out;
  for (const BoxNumbers& box : boxes) {
    const double share = box.weight / most;
    out += rect(box.x1 * picture.width, box.y1 * picture.height, (box.x2 - box.x1) * picture.width,
                (box.y2 - box.y1) * picture.height,
                attribute("fill-opacity", 0.45 * share, 3) + attribute("stroke-opacity", 0.35 + 0.65 * share, 2) +
                    attribute("stroke-width", (0.6 + 2.4 * share) * u, 2),
                number(100 * box.weight, 2) + " %");
  }
  return "<g class=\"box\">" + out + "</g>";
}

std::string word_marks(const Explanation& e, const Drawn& picture) {
  std::map<std::int64_t, std::vector<std::size_t>> words;  // cell, numbers of its words
  for (std::size_t w = 0; w < e.words.size(); ++w) words[e.patches[e.words[w].strongest].cell].push_back(w + 1);
  const double u = unit(picture);
  std::string marks, cells;
  for (const auto& [index, numbers] : words) {
    const Cell cell = cell_of(e, picture, index);
    const std::string label = in_runs(numbers);
    const double size = 15 * u,
                 width = std::max(size * 1.25, 0.6 * size * static_cast<double>(characters(label)) + 0.6 * size);
    const double x = std::clamp(cell.x + cell.width / 2, width / 2, picture.width - width / 2);
    const double y = std::clamp(cell.y + cell.height / 2, 0.7 * size, picture.height - 0.7 * size);
    cells += rect(cell.x, cell.y, cell.width, cell.height, "");
    marks += rect(x - width / 2, y - 0.62 * size, width, 1.24 * size,
                  attribute("rx", 0.62 * size) + " class=\"mark\"" + attribute("stroke-width", u, 2)) +
             "<text" + attribute("x", x) + attribute("y", y) + attribute("font-size", size) + ">" + label + "</text>";
  }
  return "<g class=\"cell\"" + attribute("stroke-width", 1.5 * u, 2) + ">" + cells + "</g>" + marks;
}

}  // namespace program::search
