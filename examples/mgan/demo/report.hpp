// The demo's report: one HTML file with no outside resources.
#pragma once

#include <string>

#include "result.hpp"

namespace program {

std::string report_html(const DemoResult& result);

}  // namespace program
