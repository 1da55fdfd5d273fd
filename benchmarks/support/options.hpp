// What the timed programs take on the command line, and where a result says that it was measured.
#pragma once

#include <ATen/Parallel.h>
#include <torch/headeronly/version.h>

#include <csignal>
#include <cstdio>
#include <sstream>

#include "machine.hpp"
#include "malloc_mode.hpp"
#include "report.hpp"

namespace bench {

struct Options {
  bool quick = false;
  int rounds = 0;  // 0: as many as a contest wants, three when quick
  int threads = 1;
  Probe probe;
  std::string out, program;
  std::string device = "cpu";     // of a training step: or "cuda"
  std::vector<std::string> only;  // sections, empty: all

  int rounds_or(int usual) const { return rounds > 0 ? rounds : quick ? 3 : usual; }
};

inline Options options(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] {
      mgan::require(i + 1 < argc, word, " wants a value");
      return std::string(argv[++i]);
    };
    if (word == "--quick") o.quick = true;
    else if (word == "--out") o.out = value();
    else if (word == "--device") o.device = value();
    else if (word == "--threshold") o.probe.threshold = std::stod(value());
    else if (word == "--rounds") o.rounds = std::stoi(value());
    else if (word == "--only") {
      std::istringstream names(value());
      for (std::string name; std::getline(names, name, ',');) o.only.push_back(name);
    } else {
      mgan::fail(
          "options: [--quick] [--out FILE] [--threshold X] [--rounds N] [--only SECTION,...] [--device cuda], not ",
          word);
    }
  }
  std::signal(SIGPIPE, SIG_IGN);  // a peer that dies is an answer that does not come
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  set_malloc(Malloc::plain);
  o.program = argv[0];
  o.probe.threads = o.threads = at::get_num_threads();
  return o;
}

/// Heads the report: where, with what, on what.
inline void describe(Report& report, Options& o, const std::string& name) {
  o.probe.calibrate();
  report.head = {{"name", name},
                 {"quick", o.quick},
                 {"device", o.device == "cpu" ? processor() : o.device},
                 {"threads", o.threads},
                 {"precision", "fp32"},
                 {"versions", {{"LibTorch", TORCH_VERSION}, {"compiler", compiler()}}},
                 {"probe", {{"threshold", o.probe.threshold}}}};
  std::printf("%s, %d threads, LibTorch %s, %s, single precision; probe: %.0f Gflop/s, threshold %.2f\n",
              processor().c_str(), o.threads, TORCH_VERSION, compiler().c_str(), o.probe.best, o.probe.threshold);
}

/// One column of a row: "D = 512".
inline std::string at_width(std::int64_t width) { return "D = " + std::to_string(width); }

}  // namespace bench
