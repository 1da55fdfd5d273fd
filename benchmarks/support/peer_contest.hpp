// Work of ours against the same in Python, in turns, without LibTorch.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "machine.hpp"
#include "python_peer.hpp"
#include "report.hpp"
#include "rounds.hpp"

namespace bench {

struct PeerOptions {
  int rounds = 15, threads = 1;
  std::string out;
  std::vector<std::string> words;  // what is no option
  Probe probe;
};

inline PeerOptions peer_options(int argc, char** argv) {
  PeerOptions o;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] {
      mgan::require(i + 1 < argc, word, " wants a value");
      return std::string(argv[++i]);
    };
    if (word == "--rounds") o.rounds = std::stoi(value());
    else if (word == "--threads") o.threads = std::stoi(value());
    else if (word == "--threshold") o.probe.threshold = std::stod(value());
    else if (word == "--out") o.out = value();
    else o.words.push_back(word);
  }
  mgan::require(o.threads >= 1 && o.rounds >= 1, "--threads and --rounds are 1 or more");
  o.probe.threads = o.threads;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  return o;
}

/// Calls f(first, last) on each of `threads` slices of 0 .. count - 1 at once.
inline void in_slices(std::size_t count, int threads, const std::function<void(std::size_t, std::size_t)>& f) {
  const auto n = static_cast<std::size_t>(threads);
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < n; ++t) others.emplace_back(f, count * t / n, count * (t + 1) / n);
  f(0, count / n);
  for (std::thread& other : others) other.join();
}

/// Ours and the peer's run of `inputs` things, in turns; alone where there is no peer.
inline void peer_contest(Report& report, PeerOptions& o, PythonPeer& peer, const std::string& what,
                         const std::string& unit, double inputs, double must, const std::string& against,
                         const std::function<void()>& ours) {
  o.probe.calibrate();
  report.head = {{"name", what}, {"device", processor()}, {"threads", o.threads}, {"versions", peer.versions}};
  std::printf("%s, %d threads, %s; probe: %.0f Gflop/s, threshold %.2f\n", processor().c_str(), o.threads,
              compiler().c_str(), o.probe.best, o.probe.threshold);
  std::vector<Contestant> contestants{{"mgan", [&](int) { return seconds(ours); }}};
  if (peer) contestants.push_back({against, [&](int) { return peer.run(what); }});
  const Results r = interleave(contestants, o.rounds, 1, o.probe);
  for (const Contestant& c : contestants) {
    if (!r.has(c.name)) continue;
    report.figures.push_back(
        {{"contest", what}, {"who", c.name}, {"seconds", r.seconds.at(c.name)}, {unit, inputs / r.of(c.name)}});
    std::printf("   %-24s %12.0f %s\n", c.name.c_str(), inputs / r.of(c.name), unit.c_str());
  }
  if (peer)
    report.row(what + ": throughput against " + against, std::to_string(o.threads) + " threads",
               r.ratio(against, "mgan"), "x", must, must);
  else report.skipped(what + ": throughput against " + against, peer.missing());
  report.print();
  if (!o.out.empty()) report.write(o.out);
}

}  // namespace bench
