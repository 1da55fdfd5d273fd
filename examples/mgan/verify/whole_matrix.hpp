// What a case can check of a whole score matrix: retrieval figures and corrections for hubs. They know no tensor
// library: every backend reports the same numbers.
#pragma once

#include <string>
#include <vector>

#include "report.hpp"

namespace verify {

/// Their names in files of cases.
std::vector<std::string> whole_matrix_modules();
bool is_whole_matrix(const std::string& module);

/// The outputs of such a case, in double or in single precision.
Arrays whole_matrix(const Case& c, bool single = false);

}  // namespace verify
