#include "outcome.hpp"

#include <algorithm>

#include "mgan/io/atomic_file.hpp"
#include "mgan/io/json.hpp"

namespace verify {

const char* word_of(Status status) {
  constexpr const char* words[] = {"ok", "FAILED", "skipped", "ERROR"};
  return words[static_cast<int>(status)];
}

Counts count(const std::vector<Report>& reports) {
  Counts counts;
  for (const Report& report : reports) counts.add(report.status);
  return counts;
}

std::vector<ModuleSummary> summary_by_module(const std::vector<Report>& reports) {
  std::vector<ModuleSummary> modules;
  for (const Report& report : reports) {
    auto found = std::find_if(modules.begin(), modules.end(), [&](const auto& m) { return m.module == report.module; });
    if (found == modules.end()) found = modules.insert(modules.end(), ModuleSummary{report.module, {}});
    found->counts.add(report.status);
    if (report.status == Status::ok || report.status == Status::failed) {
      found->value_error = std::max(found->value_error, report.value_error);
      found->gradient_error = std::max(found->gradient_error, report.gradient_error);
    }
  }
  return modules;
}

namespace {

/// Text inside an XML attribute; characters that XML forbids become '?'.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (c == '\n') out += "&#10;";
    else out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  }
  return out;
}

}  // namespace

void write_junit(const std::string& path, const std::vector<Report>& reports) {
  const Counts all = count(reports);
  const auto numbers = [](const Counts& c) {
    return "tests=\"" + std::to_string(c.passed + c.failed + c.skipped + c.could_not_run) + "\" failures=\"" +
           std::to_string(c.failed) + "\" errors=\"" + std::to_string(c.could_not_run) + "\" skipped=\"" +
           std::to_string(c.skipped) + "\"";
  };
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mgan verify\" " + numbers(all) + ">\n";
  for (const ModuleSummary& module : summary_by_module(reports)) {
    xml += "  <testsuite name=\"" + escaped(module.module) + "\" " + numbers(module.counts) + ">\n";
    for (const Report& r : reports) {
      if (r.module != module.module) continue;
      xml += "    <testcase name=\"" + escaped(r.name) + "\" classname=\"" +
             escaped(r.module + "." + r.backend + "." + r.scalar) + "\"";
      const char* element = r.status == Status::failed ? "failure" : r.status == Status::skipped ? "skipped" : "error";
      if (r.status == Status::ok) xml += "/>\n";
      else xml += std::string("><") + element + " message=\"" + escaped(r.message) + "\"/></testcase>\n";
    }
    xml += "  </testsuite>\n";
  }
  mgan::io::write_file_atomically(path, xml + "</testsuites>\n");
}

void write_json(const std::string& path, const std::vector<Report>& reports) {
  using mgan::io::Json;
  const auto error = [](double e) { return e < 0 ? Json() : Json(e); };  // NaN becomes null as well
  Json cases = Json::array(), modules = Json::array();
  for (const Report& r : reports) {
    const bool ran = r.status == Status::ok || r.status == Status::failed;
    cases.push_back({{"name", r.name},
                     {"module", r.module},
                     {"backend", r.backend},
                     {"scalar", r.scalar},
                     {"status", word_of(r.status)},
                     {"value_error", ran ? error(r.value_error) : Json()},
                     {"gradient_error", ran ? error(r.gradient_error) : Json()},
                     {"message", r.message}});
  }
  const auto numbers = [](const Counts& c) {
    return Json{{"passed", c.passed}, {"failed", c.failed + c.could_not_run}, {"skipped", c.skipped}};
  };
  for (const ModuleSummary& m : summary_by_module(reports)) {
    Json entry = numbers(m.counts);
    entry["module"] = m.module;
    entry["value_error"] = error(m.value_error);
    entry["gradient_error"] = error(m.gradient_error);
    modules.push_back(entry);
  }
  Json all = numbers(count(reports));
  all["cases"] = cases;
  all["modules"] = modules;
  mgan::io::write_file_atomically(path, all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace verify
