// What a result says about where it was measured: names and versions, no paths.
#pragma once

#include <fstream>
#include <string>

#include "mgan/kernels/cpu/score/sweep.hpp"

namespace bench {

/// "name (family 25, model 17), AVX-512": the processor as the kernel names it, and the instructions used.
inline std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  std::string name = "unknown processor", family, model;
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || colon + 2 > line.size()) continue;
    const std::string value = line.substr(colon + 2);
    if (line.rfind("model name", 0) == 0) name = value;
    else if (line.rfind("model", 0) == 0) model = value;
    else if (line.rfind("cpu family", 0) == 0) family = value;
  }
  return name + " (family " + family + ", model " + model + "), " +
         mgan::kernels::name_of(mgan::kernels::best_target());
}

inline std::string compiler() {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

/// A field of /proc/self/status such as VmRSS or VmHWM, in MB.
inline double memory(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(field + ":", 0) == 0) return std::stod(line.substr(field.size() + 1)) / 1024;
  return 0;
}
inline void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace bench
