// The report: one HTML file with no outside resources.
#pragma once

#include <string>

#include "result.hpp"

namespace program {

std::string report_html(const StudyResult& result);

}  // namespace program
