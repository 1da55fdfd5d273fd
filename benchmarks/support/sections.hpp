// A long measurement in sections. Each is in the file as soon as it is done, so that a run that is cut off keeps what
// it has; one that is measured again replaces its own figures. A file has one machine: another's is refused.
#pragma once

#include <fstream>
#include <functional>

#include "options.hpp"

namespace bench {

struct Section {
  std::string name;  // "scoring-512"; `--only scoring` takes all that begin so
  std::function<void(Report&, Options&)> measure;
};

/// Whether `--only` asks for the section.
inline bool wanted(const Options& o, const std::string& section) {
  bool any = o.only.empty();
  for (const std::string& word : o.only) any = any || section == word || section.rfind(word + "-", 0) == 0;
  return any;
}

/// The file as it is, or an empty one; its machine must be this one.
inline Json measured_before(const Options& o, const Json& head) {
  if (o.out.empty() || !std::ifstream(o.out)) return Json::object();
  const Json before = mgan::io::read_json(o.out);
  for (const char* what : {"name", "quick", "device", "threads"})
    mgan::require(before.value(what, Json()) == head.at(what), o.out, ": measured with ", what, " ",
                  before.value(what, Json()).dump(), ", this is ", head.at(what).dump(),
                  "; remove the file or name another with --out");
  return before;
}

/// Puts one section into the file, in the order of `sections`.
inline Json merged(const Json& before, const Json& head, const std::vector<Section>& sections, const Json& section) {
  Json all = head;
  all["sections"] = Json::array();
  for (const Section& s : sections) {
    if (s.name == section.at("section")) {
      all["sections"].push_back(section);
      continue;
    }
    for (const Json& old : before.value("sections", Json::array()))
      if (old.at("section") == s.name) all["sections"].push_back(old);
  }
  return all;
}

/// Measures the sections asked for and prints the whole table, `more` rows behind it.
inline void measure_sections(const std::string& name, Options& o, const std::vector<Section>& sections,
                             const Json& more = Json::array()) {
  std::string names;
  for (const Section& s : sections) names += " " + s.name;
  for (const std::string& word : o.only) {
    Options one;
    one.only = {word};
    bool any = false;
    for (const Section& s : sections) any = any || wanted(one, s.name);
    mgan::require(any, "--only ", word, ": the sections are", names);
  }
  Report machine;
  describe(machine, o, name);
  Json head = machine.head, all = head;
  for (const char* of_a_section : {"versions", "probe"}) head.erase(of_a_section);
  measured_before(o, head);
  for (const Section& s : sections) {
    if (!wanted(o, s.name)) continue;
    std::printf("\n%s\n", s.name.c_str());
    Report report;
    report.head = {{"section", s.name}, {"versions", machine.head["versions"]}, {"probe", machine.head["probe"]}};
    const double took = seconds([&] { s.measure(report, o); });
    report.head["probe"]["gflops"] = o.probe.best;
    report.head["seconds"] = took;
    std::printf("   %s took %.0f s\n", s.name.c_str(), took);
    const Json before = o.out.empty() ? all : measured_before(o, head);
    all = merged(before, head, sections, report.json());
    if (!o.out.empty()) write_json(o.out, all);
  }
  Report table;
  table.rows = rows_of(all);
  for (const Json& row : more) table.rows.push_back(row);
  table.print();
  if (!o.out.empty()) std::printf("\nwritten: %s\n", o.out.c_str());
}

}  // namespace bench
