// Running cases: which files, and what becomes of an error.
#include <algorithm>
#include <filesystem>

#include "report.hpp"

namespace verify {

namespace fs = std::filesystem;

std::vector<std::string> case_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path))
      if (entry.is_regular_file() && entry.path().extension() == ".safetensors") found.push_back(entry.path().string());
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

Report run_on(const std::string& backend, const Case& c, const RunOptions& options) {
  try {
    if (backend == "eigen") return run_on_eigen(c, options);
    return backend == "fused" ? run_on_fused(c, options) : run_on_torch(c, options);
  } catch (const std::exception& error) {
    Report report = Report::of(c, backend, options);
    report.status = Status::could_not_run;
    report.message = error.what();
    if (report.message.find(c.file) == std::string::npos) report.message = c.file + ": " + report.message;
    return report;
  }
}

}  // namespace verify
