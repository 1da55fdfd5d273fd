#include "lists.hpp"

#include <algorithm>

#include "parts.hpp"
#include "refinements.hpp"
#include "whole_matrix.hpp"

namespace verify {

std::vector<std::string> known_modules() {
  std::vector<std::string> names = mgan::zoo::case_modules();
  each_part([&](const char* name, const auto&) { names.push_back(name); });
  for (const std::string& name : whole_matrix_modules()) names.push_back(name);
  each_refinement([&](const char* name, const auto&) { names.push_back(name); });
  std::sort(names.begin(), names.end());
  return names;
}

void check_module(const Case& c) {
  const std::vector<std::string> known = known_modules();
  mgan::require(std::find(known.begin(), known.end(), c.module) != known.end(), c.file, ": unknown module '", c.module,
                "'; there are: ", mgan::zoo::joined(known));
}

}  // namespace verify
