// `mgan verify --page`: docs/modules.md, made of the table of modules.
#pragma once

#include <string>

namespace verify {

/// Inputs, weights and options of every module that a case can have, as Markdown.
std::string module_page();

}  // namespace verify
