// A training step at the paper's sizes: ours against PyTorch's, a process each, in turns.
#pragma once

#include <cmath>
#include <cstdio>
#include <map>
#include <memory>

#include "mgan/core/initialize.hpp"
#include "python_peer.hpp"
#include "sections.hpp"
#include "step_contestant.hpp"

namespace bench {

enum class StepKind { fp32, bf16, tuned };
inline std::string name_of(StepKind kind) {
  return kind == StepKind::fp32 ? "fp32" : kind == StepKind::bf16 ? "bf16" : "tuned";
}

/// The paper's sizes at a joint width; small ones to see that it works.
inline StepSizes step_sizes(std::int64_t width, bool quick) {
  StepSizes z;
  z.width = width;
  if (quick) z.batch = 8, z.regions = 9, z.region_width = 64, z.width = width / 16, z.draws = 50;
  return z;
}

/// The batch and the weights in a folder that goes away with this.
class StepFiles {
 public:
  using Json = mgan::io::Json;

  StepFiles(const StepSizes& z, bool tuned)
      : folder_(std::filesystem::temp_directory_path() / ("mgan-step-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    write_step_data(folder_, z);
    auto model = StepModel::create(z, tuned);
    mgan::initialize(model, /*seed=*/1);
    mgan::WeightGenerator generator(2);
    mgan::visit_parameters(model, [&](const std::string& name, at::Tensor& w) {
      if (name.starts_with("tuned.") && w.dim() == 2) mgan::encoders::fill_normal(w, 0.02, generator);
      write_floats(folder_ / ("weight." + name), {w.const_data_ptr<float>(), w.const_data_ptr<float>() + w.numel()});
      weights_.push_back({{"name", name}, {"shape", w.sizes().vec()}});
    });
    request_ = {
        {"do", "load"}, {"folder", folder_.string()}, {"sizes", z.json()}, {"weights", weights_}, {"tuned", tuned}};
  }
  StepFiles(const StepFiles&) = delete;
  StepFiles& operator=(const StepFiles&) = delete;
  ~StepFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  const Json& request() const { return request_; }
  /// Per gradient the largest difference over the largest entry of `of`'s; the worst comes first. A key's bias shifts
  /// all logits of a query alike, so that its gradient is rounding alone: left out.
  std::vector<std::pair<double, std::string>> differences(const std::string& who, const std::string& of) const {
    std::vector<std::pair<double, std::string>> all;
    for (const Json& weight : weights_) {
      const std::string name = weight.at("name");
      if (name.ends_with("key.bias")) continue;
      const auto read = [&](const std::string& whose) {
        std::vector<float> x(static_cast<std::size_t>(std::filesystem::file_size(folder_ / ("weight." + name)) / 4));
        std::ifstream(folder_ / ("gradient." + whose + "." + name), std::ios::binary)
            .read(reinterpret_cast<char*>(x.data()), static_cast<std::streamsize>(x.size() * sizeof(float)));
        return x;
      };
      const std::vector<float> a = read(who), b = read(of);
      double apart = 0, most = 0;
      for (std::size_t i = 0; i < a.size(); ++i) {
        apart = std::max(apart, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
        most = std::max(most, std::abs(static_cast<double>(b[i])));
      }
      all.emplace_back(most > 0 ? apart / most : apart, name);
    }
    std::sort(all.rbegin(), all.rend());
    return all;
  }

 private:
  std::filesystem::path folder_;
  Json weights_ = Json::array(), request_;
};

/// Contestants of one section: who, how it is loaded, and its process.
struct StepPeer {
  std::string name;
  bool python;
  PeerProcess::Json way;  // "mode", "bf16", "keep_heap"
  std::unique_ptr<PeerProcess> process = {};
  std::vector<PeerProcess::Json> steps = {};

  PeerProcess::Json ask(PeerProcess::Json request) {
    const auto answer = process->ask(request);
    mgan::require(!answer.contains("error"), name, ": ", answer.dump());
    return answer;
  }
  double median_of(const char* what) const {
    std::vector<double> all;
    for (const auto& s : steps) all.push_back(s.at(what));
    return median(all);
  }
};

inline std::vector<StepPeer> step_peers(StepKind kind) {
  const auto ours = [](bool bf16, bool heap) -> PeerProcess::Json { return {{"bf16", bf16}, {"keep_heap", heap}}; };
  const auto theirs = [](const char* mode, bool bf16) -> PeerProcess::Json {
    return {{"mode", mode}, {"bf16", bf16}, {"keep_heap", true}};
  };
  std::vector<StepPeer> peers;
  peers.push_back({"mgan", false, ours(false, true)});
  if (kind == StepKind::bf16) {
    peers.push_back({"mgan, bf16", false, ours(true, true)});
    peers.push_back({"PyTorch, bf16", true, theirs("eager", true)});
    return peers;
  }
  if (kind == StepKind::fp32) peers.push_back({"mgan, heap not kept", false, ours(false, false)});
  peers.push_back({"PyTorch", true, theirs("eager", false)});
  peers.push_back({"torch.compile", true, theirs("compile", false)});
  return peers;
}

/// Loads everyone, compares loss and gradients of the first step, and takes a second one: all are warm then. Who cannot
/// take part is left out with a line that says why.
inline std::vector<StepPeer> warm_peers(Report& report, const Options& o, const StepFiles& files, StepKind kind,
                                        const std::string& at) {
  std::vector<StepPeer> ready;
  for (StepPeer& peer : step_peers(kind)) {
    const std::string label = std::to_string(ready.size());
    if (peer.python) peer.process = std::make_unique<PythonPeer>("step", "step" + label);
    else peer.process = std::make_unique<PeerProcess>(std::vector<std::string>{o.program, "--serve"}, "ours" + label);
    std::string missing = peer.process->missing();
    if (missing.empty() && peer.python && peer.way.at("mode") == "compile" &&
        peer.process->versions["no_compile"].is_string())
      missing = peer.process->versions["no_compile"];
    if (!missing.empty()) {
      report.skipped("training step, " + name_of(kind) + ": against " + peer.name + ", " + at, missing);
      continue;
    }
    if (peer.python) report.head["versions"]["torch"] = peer.process->versions["torch"];
    auto request = files.request();
    request.update(peer.way);
    request["threads"] = o.threads;
    request["device"] = o.device;
    const double loading = seconds([&] { peer.ask(request); });
    const double first = seconds([&] { peer.steps.push_back(peer.ask({{"do", "step"}, {"seed", 1}})); });
    peer.ask({{"do", "gradients"}, {"who", peer.name}});
    std::printf("   %-20s loaded in %.0f s, first step %.1f s, loss %.5f", peer.name.c_str(), loading, first,
                peer.steps[0].at("loss").get<double>());
    if (!ready.empty()) {
      const auto apart = files.differences(peer.name, ready[0].name);
      std::printf("; gradients from %s's by %.1e of the largest entry (%s), %.1e (%s), ...", ready[0].name.c_str(),
                  apart[0].first, apart[0].second.c_str(), apart[1].first, apart[1].second.c_str());
      if (peer.name == "PyTorch") {
        // Of five million sums before a ReLU a few lie within rounding of zero, and are on either side of its kink.
        const auto smooth = std::find_if(apart.begin(), apart.end(),
                                         [](const auto& d) { return d.second.find("views.conv") == d.second.npos; });
        const std::string what = "first step, " + name_of(kind) + ": largest difference of a gradient from PyTorch's";
        report.row(what + ", of its largest entry", at, apart[0].first, "", 1e-3, 1e-4, Better::less);
        report.row(what + ", the convolutions' apart", at, smooth->first, "", 1e-4, 2e-5, Better::less);
      }
      if (kind == StepKind::bf16)
        report.note(
            "first step: largest difference of a gradient of " + peer.name + " from fp32's, of its largest entry", at,
            apart[0].first, "");
    }
    std::printf("\n");
    peer.steps.clear();
    peer.ask({{"do", "step"}, {"seed", 2}});
    peer.ask({{"do", "reset_peak"}});
    ready.push_back(std::move(peer));
  }
  return ready;
}

inline void step_contest(Report& report, Options& o, std::int64_t width, StepKind kind) {
  const StepFiles files(step_sizes(width, o.quick), kind == StepKind::tuned);
  const std::string at = at_width(width), what = "training step, " + name_of(kind);
  std::vector<StepPeer> peers = warm_peers(report, o, files, kind, at);
  // On one thread nobody waits for another, and the processor's time does not see what else the machine does.
  const char* clock = o.threads == 1 && o.device == "cpu" ? "cpu" : "seconds";
  std::vector<Contestant> contestants;
  std::uint64_t seed = 2;
  for (StepPeer& peer : peers)
    contestants.push_back({peer.name, [&peer, &seed, clock](int) {
                             peer.steps.push_back(peer.ask({{"do", "step"}, {"seed", ++seed}}));
                             return peer.steps.back().at(clock).get<double>();
                           }});
  const Results r = interleave(contestants, o.rounds_or(width > 1000 ? 5 : 9), 1, o.probe);

  std::map<std::string, double> peak;
  std::printf("   %-20s %9s %9s %9s %9s %9s %9s %9s %9s\n", "medians, s", "counted", "wall", "system", "forward",
              "backward", "optimiser", "faults/k", "peak MB");
  for (StepPeer& peer : peers) {
    if (!r.has(peer.name)) continue;
    peak[peer.name] = peer.ask({{"do", "peak"}}).at("MB");
    std::printf("   %-20s %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %9.1f %9.0f\n", peer.name.c_str(), r.of(peer.name),
                peer.median_of("seconds"), peer.median_of("system"), peer.median_of("forward"),
                peer.median_of("backward"), peer.median_of("optimiser"), peer.median_of("faults") / 1e3,
                peak[peer.name]);
    report.figures.push_back({{"contest", what + ", " + at},
                              {"who", peer.name},
                              {"clock", clock},
                              {"seconds", r.seconds.at(peer.name)},
                              {"median", r.of(peer.name)},
                              {"system", peer.median_of("system")},
                              {"forward", peer.median_of("forward")},
                              {"backward", peer.median_of("backward")},
                              {"optimiser", peer.median_of("optimiser")},
                              {"faults", peer.median_of("faults")},
                              {"peak MB", peak[peer.name]},
                              {"dropped", r.dropped}});
  }
  const bool wide = width > 1000;
  const std::string ours = kind == StepKind::bf16 ? "mgan, bf16" : "mgan";
  report.note(what + ": mgan", at, r.of(ours), " s");
  if (kind == StepKind::bf16) {
    if (wide) report.row(what + ": against PyTorch's bf16", at, r.ratio("PyTorch, bf16", ours), "x", 1.6, 2.3);
    else report.note(what + ": against PyTorch's bf16", at, r.ratio("PyTorch, bf16", ours), "x");
    report.note(what + ": against own fp32", at, r.ratio("mgan", ours), "x");
    return;
  }
  report.note(what + ": against eager PyTorch", at, r.ratio("PyTorch", ours), "x");
  if (kind == StepKind::fp32) {
    report.row(what + ": against torch.compile", at, r.ratio("torch.compile", ours), "x", wide ? 1.6 : 1.8,
               wide ? 2 : 2.2);
    report.note(what + ": heap kept against not kept", at, r.ratio("mgan, heap not kept", ours), "x");
  } else {
    report.note(what + ": against torch.compile", at, r.ratio("torch.compile", ours), "x");
  }
  if (peak.count("PyTorch") != 0)
    report.row(what + ": peak memory of eager PyTorch's", at, 100 * peak[ours] / peak["PyTorch"], " %", 100, 100,
               Better::less);
}

/// What an operator of a step is for.
inline std::string purpose_of(const std::string& name) {
  const auto any = [&name](std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* n) { return name == std::string("aten::") + n; });
  };
  if (any({"mm", "addmm", "bmm", "baddbmm", "linear", "mkldnn_convolution", "convolution_backward"})) return "products";
  if (any({"copy_", "cat", "index_select", "index_copy_", "index_add_", "constant_pad_nd"})) return "copies";
  if (any({"zero_", "fill_", "masked_fill_"})) return "fills";
  if (any({"normal_", "sort", "scatter_add", "gather"})) return "noise and choice of the selector";
  if (any({"_fused_adam_", "_foreach_norm", "_foreach_mul_"})) return "optimiser";
  return "element-wise, norms, sums, and the calls of operators";
}

/// Where the time of our step goes.
inline int print_operators(std::int64_t width, bool bf16) {
  const StepFiles files(step_sizes(width, false), false);
  auto request = files.request();
  request.update({{"bf16", bf16}, {"keep_heap", true}, {"threads", at::get_num_threads()}, {"device", "cpu"}});
  mgan::train::keep_heap();
  StepContestant ours(request);
  for (std::uint64_t seed = 1; seed < 4; ++seed) ours.step(seed);
  const OperatorTimes times;
  const double took = ours.step(4).at("cpu");
  auto rows = times.table();
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.at("seconds") > b.at("seconds"); });
  double sum = 0, of_small = 0;
  int small = 0;
  std::map<std::string, double> of_purpose;
  for (const auto& row : rows) {
    const double in_it = row.at("seconds");
    sum += in_it;
    of_purpose[purpose_of(row.at("operator"))] += in_it;
    if (in_it < 1e-3) {
      of_small += in_it, ++small;
      continue;
    }
    std::printf("%9.4f s %5d  %-40s %s\n", in_it, row.at("calls").template get<int>(),
                row.at("operator").template get<std::string>().c_str(),
                row.at("shapes").template get<std::string>().c_str());
  }
  std::printf("%9.4f s        %d others below a millisecond\n", of_small, small);
  of_purpose["outside of LibTorch's operators: the sweep, the top K"] = took - sum;
  for (const auto& [purpose, in_it] : of_purpose)
    std::printf("%9.4f s %5.1f %%  %s\n", in_it, 100 * in_it / took, purpose.c_str());
  std::printf("%9.4f s in all, of the processor\n", took);
  return 0;
}

}  // namespace bench
