// The rows of the target table that are about scoring against Python's torch.compile.
#pragma once

#include "scoring_contest.hpp"

namespace bench {

/// Python's ways of one form, compiled; the fastest of layouts and mallocs, or nothing.
inline std::string fastest_compiled(PythonPeer& peer, const Scoring& s, const std::string& form, bool quick) {
  std::vector<std::vector<std::vector<std::int64_t>>> slices;
  for (int i = 0; i < s.slices; ++i) slices.push_back(s.captions(i));
  std::string best;
  double least = 1e300;
  for (const char* layout : {"innermost", "standard"}) {
    if (quick && layout[0] == 's') continue;
    const std::string name = form + ", " + layout;
    const auto made = peer.ask({{"do", "prepare"},
                                {"name", name},
                                {"layout", layout},
                                {"form", form},
                                {"compile", true},
                                {"dynamic", form == "sorted" ? PythonPeer::Json(true) : PythonPeer::Json(false)},
                                {"slices", slices}});
    if (made.contains("error")) {
      std::fprintf(stderr, "   torch.compile, %s: %s\n", name.c_str(), made["error"].get<std::string>().c_str());
      continue;
    }
    const auto answer = peer.ask({{"do", "scores"}, {"name", name}, {"slice", 0}, {"path", peer.path("scores")}});
    mgan::require(!answer.contains("error"), "the Python peer: ", answer.dump());
    at::Tensor theirs = at::empty({s.w.images, s.count(0)}, at::kFloat);
    std::ifstream(peer.path("scores"), std::ios::binary)
        .read(reinterpret_cast<char*>(theirs.mutable_data_ptr<float>()), static_cast<std::streamsize>(theirs.nbytes()));
    const double t = peer.run(name, 0);
    std::fprintf(stderr, "   torch.compile, %-40s compiled in %.0f s, %.4f s, largest difference %.1e\n", name.c_str(),
                 made["seconds"].get<double>(), t, difference(s, theirs, form == "full" ? s.w.longest : 0));
    if (t < least) least = t, best = name;
  }
  return best;
}

inline void compiled_contest(Report& report, Options& o, std::int64_t width) {
  const std::string at = at_width(width);
  PythonPeer peer("fused");
  std::string no_compile = peer.missing();
  if (peer && peer.versions["no_compile"].is_string()) no_compile = peer.versions["no_compile"];
  if (!no_compile.empty()) return report.skipped("scoring against torch.compile, " + at, no_compile);
  report.head["versions"]["Python"] = peer.versions["python"];
  report.head["versions"]["torch"] = peer.versions["torch"];

  const Workload w = scoring_workload(report, o, width);
  Scoring s(w, 5, o.quick ? 25 : 50);
  std::vector<mgan::kernels::PackedTexts> ragged, full;
  for (int i = 0; i < s.slices; ++i) ragged.push_back(s.pack(i)), full.push_back(s.pack(i, w.longest));
  at::Tensor scores = at::empty({w.images, s.count(0)}, at::kFloat);
  const auto index = [](int i) { return static_cast<std::size_t>(i); };
  std::vector<Contestant> contestants{
      {"mgan, ragged", [&](int i) { return s.sweep(s.packed, ragged[index(i)], s.epilogue, scores); }},
      {"mgan, 32 words", [&](int i) { return s.sweep(s.packed, full[index(i)], s.epilogue, scores); }},
  };
  hand_over(peer, w, o.threads);
  for (const char* form : {"sorted", "padded", "full"}) {
    const std::string name = fastest_compiled(peer, s, form, o.quick);
    if (name.empty()) continue;
    report.head["fastest compiled"][form] = name;
    contestants.push_back({std::string("torch.compile, ") + form, [&peer, name](int i) { return peer.run(name, i); }});
  }

  const Results r = interleave(contestants, o.rounds_or(5), s.slices, o.probe);
  report.contest("scoring against torch.compile, " + at, r, s.pairs(), s.flops());
  const bool wide = width == 2048;
  report.row("padded against padded torch.compile", at, r.ratio("torch.compile, full", "mgan, 32 words"), "x",
             wide ? 1.3 : 1.6, wide ? 1.5 : 1.9);
  report.row("ragged against padded torch.compile", at, r.ratio("torch.compile, padded", "mgan, ragged"), "x",
             wide ? 3.1 : 3.9, wide ? 3.5 : 4.4);
  report.row("ragged against torch.compile sorted by length", at, r.ratio("torch.compile, sorted", "mgan, ragged"), "x",
             wide ? 1.5 : 2.0, wide ? 1.7 : 2.3);
}

}  // namespace bench
