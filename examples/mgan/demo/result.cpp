#include "result.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "model/scoring.hpp"

namespace program {

using mgan::io::Json;

const RunResult& DemoResult::best() const {
  return *std::max_element(runs.begin(), runs.end(),
                           [](const RunResult& a, const RunResult& b) { return a.test.rsum() < b.test.rsum(); });
}

double DemoResult::noise() const {
  double largest = 0;
  for (const RunResult& run : runs) largest = std::max({largest, run.difference_error, run.gap_to_best_error});
  return std::ceil(2 * largest);
}

std::string DemoResult::verdict() const {
  std::string near;
  for (const RunResult& run : runs) {
    if (&run != &best() && run.gap_to_best < 2 * run.gap_to_best_error)
      near += (near.empty() ? "" : ", ") + run.run.name;
  }
  char text[400];
  std::snprintf(text, sizeof text, "Best on these scenes: %s, RSum %.1f of 600 (chance %.1f).", best().run.name.c_str(),
                best().test.rsum(), chance);
  return text + (near.empty() ? std::string(" All others are more than two standard errors below.")
                              : " Within two standard errors of it: " + near + ".");
}

std::string DemoResult::table() const {
  std::size_t width = 0;
  for (const RunResult& r : runs) width = std::max(width, r.run.name.size());
  std::string text = table_header(width);
  text.back() = ' ';
  text += !subject.slot ? "  from the full model\n"
                        : "  from " + runs[0].run.name + "      alone   parameters   us/pair      MB\n";
  for (const RunResult& r : runs) {
    text += table_row(r.run.name, r.test, width);
    text.pop_back();
    char difference[64] = "";
    if (&r != &runs[0])
      std::snprintf(difference, sizeof difference, "   %+6.1f +- %.1f", r.difference, r.difference_error);
    text += difference;
    if (subject.slot) {
      char cost[120];
      std::snprintf(cost, sizeof cost, "%*s %9.1f %12lld %9.3f %7.1f",
                    std::max(0, 24 - static_cast<int>(std::strlen(difference))), "", r.slot.alone.rsum(),
                    static_cast<long long>(r.parameters), r.slot.cost.microseconds, r.slot.cost.megabytes);
      text += cost;
    }
    text += "\n";
  }
  return text;
}

Json DemoResult::json() const {
  Json config = runs[0].run.config;
  config.erase("vocabulary");
  Json list = Json::array();
  for (const RunResult& r : runs) {
    const auto best = r.curves.best();
    list.push_back({{"name", r.run.name},
                    {"granularities", r.run.what},
                    {"folder", r.run.folder},
                    {"parameters", r.parameters},
                    {"seconds", r.seconds},
                    {"resumed", r.resumed},
                    {"best_epoch", best.epoch},
                    {"best_validation_rsum", best.rsum},
                    {"test", to_json(r.test)},
                    {"rsum_standard_error", r.error},
                    {"rsum_from_full", r.difference},
                    {"rsum_from_full_standard_error", r.difference_error}});
    if (subject.slot) {
      list.back()["slot_alone"] = to_json(r.slot.alone);
      list.back()["microseconds_a_pair"] = r.slot.cost.microseconds;
      list.back()["megabytes"] = r.slot.cost.megabytes;
    }
  }
  Json without_training = Json::array();
  for (const auto& [name, metrics] : post_hoc) {
    without_training.push_back(to_json(metrics));
    without_training.back()["name"] = name;
  }
  return {{"command", subject.command},
          {"quick", quick},
          {"seed", seed},
          {"vocabulary", words},
          {"test_images", images},
          {"test_captions", captions},
          {"chance_rsum", chance},
          {"machine", {{"cpu", machine.cpu}, {"threads", machine.threads}, {"gflops", machine.gflops}}},
          {"seconds", seconds},
          {"config", config},
          {"runs", list},
          {"post_hoc", without_training}};
}

}  // namespace program
