// scripts/bench docs: puts the figures of benchmarks/results/*.json into the pages, and the cost curves into an SVG.
//
//     report RESULTS PAGE...      between <!-- figures: NAME --> and <!-- /figures -->, from RESULTS/NAME.json
//     report RESULTS --curves OUT.svg        the points of RESULTS/curves.json and of all files of the same machine
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "support/drawing.hpp"
#include "support/pruning_rows.hpp"

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
  Json versions = r.value("versions", Json::object());
  for (const Json& section : r.value("sections", Json::array())) versions.update(section.at("versions"));
  for (const auto& [what, version] : versions.items())
    if (version.is_string()) text += what + " " + version.get<std::string>() + ", ";
  text.resize(text.size() - 2);
  text += ". Medians of interleaved rounds; `benchmarks/results/" + name + ".json` has every one.\n\n";
  text += "| what | at | measured | must | stretch | |\n|---|---|---|---|---|---|\n";
  Json rows = bench::rows_of(r);
  if (name == "fused")
    for (const Json& row : bench::pruning_rows(results + "/pruning.json")) rows.push_back(row);
  for (const Json& row : rows) {
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

}  // namespace

int main(int argc, char** argv) try {
  mgan::require(argc >= 3, "report RESULTS PAGE... | report RESULTS --curves OUT.svg");
  const std::string results = argv[1];
  if (std::string(argv[2]) == "--curves") {
    mgan::require(argc == 4, "--curves wants a file");
    Json points = Json::array();
    const Json curves = mgan::io::read_json(results + "/curves.json");
    std::set<std::string> files;  // of the same machine
    for (const auto& file : std::filesystem::directory_iterator(results)) files.insert(file.path().string());
    for (const std::string& file : files) {
      const Json result = mgan::io::read_json(file);
      if (!result.is_object() || result.value("device", Json()) != curves.at("device")) continue;
      for (const Json& section : result.value("sections", Json::array()))
        for (const Json& p : section.at("curves")) points.push_back(p);
    }
    if (!points.empty()) write(argv[3], bench::drawing(points));
    return 0;
  }
  for (int i = 2; i < argc; ++i) write(argv[i], with_figures(read(argv[i]), results));
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
