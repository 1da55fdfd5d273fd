// How much memory a piece of code takes at most.
#pragma once

#include <algorithm>
#include <fstream>
#include <string>

/// Megabytes of the process's highest resident size while f runs, over what it was before; -1 where the system does not
/// tell.
template <class F>
long peak_megabytes(F&& f) {
  const auto status = [](const std::string& key) {
    std::ifstream file("/proc/self/status");
    for (std::string word; file >> word;) {
      if (word != key) continue;
      long kilobytes = -1;
      file >> kilobytes;
      return kilobytes / 1024;
    }
    return -1L;
  };
  {
    std::ofstream reset("/proc/self/clear_refs");
    reset << "5";
    if (!reset.flush()) return -1;
  }
  const long before = status("VmRSS:");
  f();
  const long peak = status("VmHWM:");
  return before < 0 || peak < 0 ? -1 : std::max(0L, peak - before);
}
