// Rows of recalls, for people and as JSON.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mgan/io/json.hpp"
#include "mgan/metrics/retrieval.hpp"

namespace program {

/// `  R@1   R@5  R@10 ...` and a row of numbers below it.
std::string table_header(std::size_t name_width);
std::string table_row(const std::string& name, const mgan::RetrievalMetrics& m, std::size_t name_width);
mgan::io::Json to_json(const mgan::RetrievalMetrics& m);

/// One table of rows, printed and kept for a JSON file.
struct MetricsTable {
  std::vector<std::pair<std::string, mgan::RetrievalMetrics>> rows;

  void print(std::size_t width) const;
  std::size_t width() const;  // of the longest name
  mgan::io::Json json() const;
};

}  // namespace program
