// Rows of a table with what is wanted of them, and the file of a result.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "mgan/io/atomic_file.hpp"
#include "mgan/io/json.hpp"
#include "rounds.hpp"

namespace bench {

using mgan::io::Json;

enum class Better { more, less };

inline void write_json(const std::string& path, const Json& json) {
  mgan::io::AtomicFile file(path);
  file.write(json.dump(1, ' ') + "\n");
  file.commit();
}

struct Report {
  Json head = Json::object();    // where and how it was measured
  Json figures = Json::array();  // what every contestant took
  Json rows = Json::array();     // the table
  Json curves = Json::array();   // points to plot

  /// The medians of one contest. `pairs` and `flops` are those of one slice.
  void contest(const std::string& name, const Results& results, double pairs, double flops = 0) {
    for (const auto& [who, seconds] : results.seconds) {
      const double s = median(seconds);
      Json figure = {{"contest", name},
                     {"who", who},
                     {"seconds", seconds},
                     {"median", s},
                     {"microseconds_a_pair", s / pairs * 1e6},
                     {"kept", results.kept},
                     {"dropped", results.dropped}};
      if (flops > 0) figure["gflops"] = flops / s / 1e9;
      figures.push_back(figure);
      std::printf("   %-52s %9.4f s %9.4f us a pair", who.c_str(), s, s / pairs * 1e6);
      if (flops > 0) std::printf(" %8.1f Gflop/s", flops / s / 1e9);
      std::printf("\n");
    }
    std::fflush(stdout);
  }

  /// One row: what, at which width, the value, what it must and should be. NaN is "no result".
  void row(const std::string& what, const std::string& at, double value, const std::string& unit, double must,
           double stretch, Better better = Better::more) {
    Json row = {{"what", what}, {"at", at}, {"unit", unit}, {"must", must}, {"stretch", stretch}};
    if (std::isnan(value)) {
      row["value"] = nullptr;
      row["verdict"] = "no result";
    } else {
      row["value"] = value;
      const auto meets = [&](double wanted) { return better == Better::more ? value >= wanted : value <= wanted; };
      char missed[64];
      if (must == 0) std::snprintf(missed, sizeof missed, "missed");
      else
        std::snprintf(missed, sizeof missed, "missed by %.0f %%",
                      std::ceil(100 * (better == Better::more ? 1 - value / must : value / must - 1)));
      row["verdict"] = stretch != must && meets(stretch) ? "met, stretch" : meets(must) ? "met" : missed;
    }
    rows.push_back(row);
  }
  /// A row that nothing is asked of, or that was not measured and why.
  void note(const std::string& what, const std::string& at, double value, const std::string& unit) {
    rows.push_back({{"what", what}, {"at", at}, {"unit", unit}, {"value", value}, {"verdict", ""}});
  }
  void skipped(const std::string& what, const std::string& why) {
    rows.push_back({{"what", what}, {"at", ""}, {"unit", ""}, {"value", nullptr}, {"verdict", "not measured: " + why}});
  }

  void print() const {
    std::printf("\n%-74s %-12s %12s %9s %9s  %s\n", "", "", "measured", "must", "stretch", "");
    for (const Json& r : rows) {
      const std::string unit = r["unit"];
      const auto number = [&](const char* key) {
        char text[48] = "";
        if (r.contains(key) && !r[key].is_null())
          std::snprintf(text, sizeof text, "%.3g%s", r[key].get<double>(), unit.c_str());
        return std::string(text);
      };
      std::printf("%-74s %-12s %12s %9s %9s  %s\n", r["what"].get<std::string>().c_str(),
                  r["at"].get<std::string>().c_str(), number("value").c_str(), number("must").c_str(),
                  number("stretch").c_str(), r["verdict"].get<std::string>().c_str());
    }
  }

  Json json() const {
    Json all = head;
    all["figures"] = figures;
    all["rows"] = rows;
    all["curves"] = curves;
    return all;
  }
  void write(const std::string& path) const {
    write_json(path, json());
    std::printf("\nwritten: %s\n", path.c_str());
  }
};

/// All rows of a file: those of its sections, rows about one thing together.
inline Json rows_of(const Json& result) {
  Json all = result.value("rows", Json::array()), grouped = Json::array();
  for (const Json& s : result.value("sections", Json::array()))
    for (const Json& row : s.at("rows")) all.push_back(row);
  std::vector<std::string> subjects;
  for (const Json& row : all)
    if (std::find(subjects.begin(), subjects.end(), row.at("what")) == subjects.end())
      subjects.push_back(row.at("what"));
  for (const std::string& subject : subjects)
    for (const Json& row : all)
      if (row.at("what") == subject) grouped.push_back(row);
  return grouped;
}

}  // namespace bench
