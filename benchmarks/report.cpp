// scripts/bench docs: puts the figures of benchmarks/results/*.json into the pages, and the cost curves into an SVG.
//
//     report RESULTS PAGE...      between <!-- figures: NAME --> and <!-- /figures -->, from RESULTS/NAME.json
//     report RESULTS --curves OUT.svg
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "mgan/io/atomic_file.hpp"
#include "mgan/io/json.hpp"

namespace {

using mgan::io::Json;

std::string number(const Json& x, const std::string& unit) {
  if (!x.is_number()) return "";
  char text[48];
  std::snprintf(text, sizeof text, "%.3g", x.get<double>());
  return text + unit;
}

/// One result as Markdown: where it was measured, then its rows.
std::string table(const std::string& results, const std::string& name) {
  const std::string path = results + "/" + name + ".json";
  if (!std::ifstream(path)) return "Not measured yet: `scripts/bench " + name + "`.\n";
  const Json r = mgan::io::read_json(path);
  std::string text = r.at("device").get<std::string>() + ", " + std::to_string(r.at("threads").get<int>()) +
                     " threads, single precision unless said otherwise; ";
  for (const auto& [what, version] : r.at("versions").items())
    if (version.is_string()) text += what + " " + version.get<std::string>() + ", ";
  text.resize(text.size() - 2);
  text += ". Medians of interleaved rounds; `benchmarks/results/" + name + ".json` has every one.\n\n";
  text += "| what | at | measured | must | stretch | |\n|---|---|---|---|---|---|\n";
  for (const Json& row : r.at("rows")) {
    const std::string unit = row.at("unit");
    text += "| " + row.at("what").get<std::string>() + " | " + row.at("at").get<std::string>() + " | " +
            number(row.at("value"), unit) + " | " + number(row.value("must", Json()), unit) + " | " +
            number(row.value("stretch", Json()), unit) + " | " + row.at("verdict").get<std::string>() + " |\n";
  }
  return text;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  mgan::require(file.good(), path, ": cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}
void write(const std::string& path, const std::string& text) {
  mgan::io::AtomicFile file(path);
  file.write(text);
  file.commit();
}

std::string with_figures(const std::string& page, const std::string& results) {
  const std::string open = "<!-- figures: ", close = "<!-- /figures -->";
  std::string out;
  std::size_t from = 0;
  for (std::size_t at; (at = page.find(open, from)) != std::string::npos;) {
    const std::size_t end = page.find(" -->", at), until = page.find(close, at);
    mgan::require(until != std::string::npos, "a block of figures has no end");
    const std::string name = page.substr(at + open.size(), end - at - open.size());
    out += page.substr(from, end + 4 - from) + "\n" + table(results, name);
    from = until;
  }
  return out + page.substr(from);
}

/// One panel a series: microseconds a pair over the factor, from zero.
std::string drawing(const Json& curves) {
  std::map<std::string, std::map<int, std::vector<std::pair<double, double>>>> series;
  for (const Json& c : curves)
    series[c.at("series")][c.at("threads")].emplace_back(c.at("x").get<double>(),
                                                         c.at("microseconds_a_pair").get<double>());
  std::ostringstream svg;
  const double width = 400, height = 240;
  svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width * 2 << ' ' << height * 2
      << "\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n"
      << "<title>What a pair costs, one factor at a time</title>\n<rect width=\"100%\" height=\"100%\" "
         "fill=\"#fff\"/>\n";
  int panel = 0;
  for (const auto& [name, lines] : series) {
    double most_x = 0, most_y = 0;
    for (const auto& [threads, points] : lines)
      for (const auto& [x, y] : points) most_x = std::max(most_x, x), most_y = std::max(most_y, y);
    const double left = width * (panel % 2) + 50, top = height * (panel / 2) + 30, w = width - 80, h = height - 80;
    ++panel;
    svg << "<path d=\"M" << left << ' ' << top << 'V' << top + h << 'H' << left + w
        << "\" fill=\"none\" stroke=\"#5b6470\"/>\n"
        << "<text x=\"" << left << "\" y=\"" << top - 10 << "\">us a pair, by " << name << "</text>\n"
        << "<text x=\"" << left - 6 << "\" y=\"" << top + 8 << "\" text-anchor=\"end\">" << number(most_y, "")
        << "</text>\n";
    for (const auto& [threads, points] : lines) {
      svg << "<polyline fill=\"none\" stroke=\"" << (threads == 1 ? "#d98b3a" : "#4a83c9")
          << "\" stroke-width=\"2\" points=\"";
      for (const auto& [x, y] : points) svg << left + w * x / most_x << ',' << top + h - h * y / most_y << ' ';
      svg << "\"><title>" << threads << " threads</title></polyline>\n";
      for (const auto& [x, y] : points)
        svg << "<circle r=\"3\" fill=\"" << (threads == 1 ? "#d98b3a" : "#4a83c9") << "\" cx=\""
            << left + w * x / most_x << "\" cy=\"" << top + h - h * y / most_y << "\"/><text x=\""
            << left + w * x / most_x << "\" y=\"" << top + h + 16 << "\" text-anchor=\"middle\">" << number(x, "")
            << "</text>\n";
    }
  }
  svg << "</svg>\n";
  return svg.str();
}

}  // namespace

int main(int argc, char** argv) try {
  mgan::require(argc >= 3, "report RESULTS PAGE... | report RESULTS --curves OUT.svg");
  const std::string results = argv[1];
  if (std::string(argv[2]) == "--curves") {
    mgan::require(argc == 4, "--curves wants a file");
    const std::string path = results + "/curves.json";
    if (std::ifstream(path)) write(argv[3], drawing(mgan::io::read_json(path).at("curves")));
    return 0;
  }
  for (int i = 2; i < argc; ++i) write(argv[i], with_figures(read(argv[i]), results));
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
