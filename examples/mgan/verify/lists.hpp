// Which list has the module of a case: the lists of mgan/zoo, the parts, and the refinements. Each is instantiated for
// a backend in a translation unit of its own, in eigen/ and torch/.
#pragma once

#include <string>
#include <vector>

#include "case_file.hpp"
#include "mgan/zoo/table.hpp"

namespace verify {

/// The case of `side` through its module; false where the list has no such module.
template <class Rows, class Side>
bool run_list(Side& side);
template <class Side>
bool run_parts(Side& side);
template <class Side>
bool run_refinements(Side& side);

template <class Side>
void run_case(Side& side) {
  bool found = run_parts(side) || run_refinements(side);
  mgan::zoo::Table::each([&]<class Rows>(std::type_identity<Rows>) { found = found || run_list<Rows>(side); });
  mgan::require(found, side.source.file, ": no backend for module '", side.source.module, "'");
  side.source.check_names();
}

/// Every module that a case can have, and an error that lists them for any other.
std::vector<std::string> known_modules();
void check_module(const Case& c);

}  // namespace verify
