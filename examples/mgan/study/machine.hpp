// What times are to be read against.
#pragma once

#include <string>

namespace program {

struct Machine {
  std::string cpu;
  int threads = 0;    // of LibTorch
  double gflops = 0;  // of a 1024 x 1024 x 1024 product in single precision

  /// "AMD EPYC, threads: 2, 204 GFLOP/s in a 1024^3 product"
  std::string text() const;
};

/// Takes half a second.
Machine probe_machine();

}  // namespace program
