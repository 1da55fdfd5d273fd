// The rows of the target table that are about exact pruning. `mgan evaluate --prune-rounds` measures them on trained
// models and writes pruning.json; see docs/pruning.md.
#pragma once

#include <filesystem>
#include <fstream>

#include "report.hpp"

namespace bench {

/// From pruning.json: a list of models, each with `model`, `dims` (`width`) and, for ranks and in `best_ten` and
/// `hardest_negatives`, `operations_ratio` and `wall_ratio`.
inline Json pruning_rows(const std::string& path) {
  Report report;
  if (!std::ifstream(path)) return report.rows;
  const Json models = mgan::io::read_json(path);
  const auto each = [&](const char* job, const auto& row) {
    for (const Json& m : models) {
      if (!m.is_object() || !m.contains("dims") || (job && !m.contains(job))) continue;
      const auto width = m["dims"].value("width", std::int64_t{0});
      const std::string at = m.value("model", std::string("a trained model")) + ", D = " + std::to_string(width);
      row(job ? m[job] : m, at, width);
    }
  };
  const auto ratio = [](const Json& m, const char* what) {
    return m.contains(what) && m[what].is_number() ? m[what].get<double>() : std::numeric_limits<double>::quiet_NaN();
  };
  each(nullptr, [&](const Json& m, const std::string& at, std::int64_t width) {
    report.row("exact pruning, all ranks identical: operations saved", at, ratio(m, "operations_ratio"), "x",
               width >= 2048 ? 5 : 4, width >= 2048 ? 8 : 6);
  });
  each(nullptr, [&](const Json& m, const std::string& at, std::int64_t) {
    report.row("exact pruning: wall time against own whole sweep", at, ratio(m, "wall_ratio"), "x", 2.5, 5);
  });
  for (const auto& [job, name] : {std::pair("best_ten", "best ten of every image and caption"),
                                  std::pair("hardest_negatives", "hardest negatives of batches of 128")}) {
    each(job, [&, what = std::string("exact pruning, ") + name](const Json& m, const std::string& at, std::int64_t) {
      report.note(what + ": operations saved", at, ratio(m, "operations_ratio"), "x");
    });
    each(job, [&, what = std::string("exact pruning, ") + name](const Json& m, const std::string& at, std::int64_t) {
      report.note(what + ": wall time against own whole sweep", at, ratio(m, "wall_ratio"), "x");
    });
  }
  return report.rows;
}
/// Of the file that lies beside `result`.
inline Json pruning_rows_beside(const std::string& result) {
  if (result.empty()) return Json::array();
  return pruning_rows((std::filesystem::path(result).parent_path() / "pruning.json").string());
}

}  // namespace bench
