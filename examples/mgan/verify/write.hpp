// `mgan verify --write`: cases made by this library, for others to be checked against.
#pragma once

#include "command.hpp"

namespace verify {

/// Writes MODULE-NAME.safetensors files into options.write: of the inputs, weights and configuration of the named
/// files, or of random ones. Prints a line a file and `N written`. Returns 0, or 2 where a case could not be made.
int write_cases(const Options& options);

}  // namespace verify
