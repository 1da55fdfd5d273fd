// Conformance files: a case in one safetensors file, its options as JSON in the metadata.
#pragma once

#include <string>

#include "mgan/io/json.hpp"
#include "mgan/testing/case.hpp"

namespace verify {

using mgan::testing::Case;

/// The file, read whole and checked. Throws with the file and the place for anything that is not as the format says.
Case read_case(const std::string& path);

/// The options of a JSON object, and the text of one.
mgan::zoo::Config config_of(const mgan::io::Json& object, const std::string& path);
std::string json_of(const mgan::zoo::Config& config);

/// A near tie or a sum that cancels: not held to single precision.
inline bool double_only(const Case& c) { return c.note.rfind("double only", 0) == 0; }

}  // namespace verify
