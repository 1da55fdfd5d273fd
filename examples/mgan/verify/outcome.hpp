// All reports of a run: counts, a summary by module, and the same for machines.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "report.hpp"

namespace verify {

struct Counts {
  int passed = 0, failed = 0, skipped = 0, could_not_run = 0;

  void add(Status status) {
    (status == Status::ok        ? passed
     : status == Status::failed  ? failed
     : status == Status::skipped ? skipped
                                 : could_not_run)++;
  }
};

struct ModuleSummary {
  std::string module;
  Counts counts;
  double value_error = -1, gradient_error = -1;  // worst of those that ran; -1: none did
};

const char* word_of(Status status);
Counts count(const std::vector<Report>& reports);
std::vector<ModuleSummary> summary_by_module(const std::vector<Report>& reports);

/// JUnit's XML, one test suite a module; errors of files that could not be read are test errors.
void write_junit(const std::string& path, const std::vector<Report>& reports);
/// {"cases": [...], "modules": [...], "passed": n, "failed": n, "skipped": n}
void write_json(const std::string& path, const std::vector<Report>& reports);

}  // namespace verify
