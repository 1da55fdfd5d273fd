// Interleaved rounds: in each one every contestant runs once, so that a machine whose speed drifts is the same for all.
//
// A probe stands before every run and behind the last. A round in which any probe was slow is dropped and counted, and
// tried again, up to as many extra rounds as were asked for. Fewer than three left is no result.
#pragma once

#include <cstdio>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "probe.hpp"

namespace bench {

inline double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/// run(slice) does one slice of the workload and returns the seconds that count.
struct Contestant {
  std::string name;
  std::function<double(int)> run;
};

struct Results {
  std::map<std::string, std::vector<double>> seconds;  // by contestant, one entry a kept round
  int kept = 0, dropped = 0;

  bool has(const std::string& name) const { return kept >= 3 && seconds.count(name) > 0; }
  double of(const std::string& name) const {
    return has(name) ? median(seconds.at(name)) : std::numeric_limits<double>::quiet_NaN();
  }
  /// The median over rounds of a's seconds / b's: above 1, b is faster.
  double ratio(const std::string& a, const std::string& b) const {
    if (!has(a) || !has(b)) return std::numeric_limits<double>::quiet_NaN();
    std::vector<double> ratios;
    for (std::size_t i = 0; i < seconds.at(a).size(); ++i) ratios.push_back(seconds.at(a)[i] / seconds.at(b)[i]);
    return median(ratios);
  }
};

/// Rounds over slices 0 .. slices - 1, in turn; the order of the contestants turns by one a round.
inline Results interleave(const std::vector<Contestant>& contestants, int rounds, int slices, Probe& probe) {
  Results results;
  for (int attempt = 0; results.kept < rounds && attempt < 2 * rounds; ++attempt) {
    std::vector<double> times(contestants.size());
    bool quiet = true;
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      const std::size_t next = (i + static_cast<std::size_t>(attempt)) % contestants.size();
      quiet = probe.quiet() && quiet;
      times[next] = contestants[next].run(results.kept % slices);
    }
    quiet = probe.quiet() && quiet;
    if (!quiet) {
      ++results.dropped;
      continue;
    }
    ++results.kept;
    for (std::size_t i = 0; i < contestants.size(); ++i) results.seconds[contestants[i].name].push_back(times[i]);
  }
  std::fprintf(stderr, "   %d rounds, %d dropped%s\n", results.kept, results.dropped,
               results.kept < 3 ? ": no result" : "");
  return results;
}

}  // namespace bench
