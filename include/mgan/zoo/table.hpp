// The table of modules: every alignment module of the library, named once. Programs, checks, tests and benchmarks read
// it; what a new module takes is in docs/extending.md.
#pragma once

#include <string>
#include <vector>

#include "mgan/zoo/attention.hpp"
#include "mgan/zoo/graphs.hpp"
#include "mgan/zoo/interactions.hpp"
#include "mgan/zoo/max_sim.hpp"
#include "mgan/zoo/networks.hpp"
#include "mgan/zoo/normed.hpp"
#include "mgan/zoo/paper.hpp"
#include "mgan/zoo/pooled.hpp"
#include "mgan/zoo/queries.hpp"

namespace mgan::zoo {

/// A list of rows for a translation unit each.
using Table = RowList<PaperRows, InteractionRows, MaxSimRows, AttentionRows, NetworkRows, GraphRows, QueryRows,
                      NormedRows, PooledRows>;

/// f(std::type_identity<Row>) for every row.
template <class F>
void each_row(F&& f) {
  Table::each([&]<class Rows>(std::type_identity<Rows>) { Rows::each(f); });
}

/// All names in files of cases.
inline std::vector<std::string> case_modules() {
  std::vector<std::string> names;
  each_row([&]<class Row>(std::type_identity<Row>) { names.push_back(Row::facts.name); });
  return names;
}
/// A name on a command line.
struct PublishedName {
  std::string name, what, module;  // module: its name in files of cases
  Slot slot;
};
/// All of them.
inline std::vector<PublishedName> published_modules() {
  std::vector<PublishedName> all;
  each_row([&]<class Row>(std::type_identity<Row>) {
    Row::published([&](const auto& p, const auto&) { all.push_back({p.name, p.what, Row::facts.name, p.slot}); });
  });
  return all;
}

/// The facts of a module of the table, or nullptr.
inline const Facts* find_facts(const std::string& name) {
  const Facts* found = nullptr;
  each_row([&]<class Row>(std::type_identity<Row>) {
    if (name == Row::facts.name) found = &Row::facts;
  });
  return found;
}

}  // namespace mgan::zoo
