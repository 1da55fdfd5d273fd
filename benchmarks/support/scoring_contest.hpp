// The rows of the target table that are about scoring.
#pragma once

#include <ATen/Parallel.h>
#include <torch/headeronly/version.h>

#include <csignal>
#include <cstdio>

#include "allocations.hpp"
#include "machine.hpp"
#include "report.hpp"
#include "scoring.hpp"

namespace bench {

struct Options {
  bool quick = false;
  int rounds = 0;  // 0: five, three when quick
  int threads = 1;
  Probe probe;
  std::string out, program;

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
    else if (word == "--threshold") o.probe.threshold = std::stod(value());
    else if (word == "--rounds") o.rounds = std::stoi(value());
    else mgan::fail("options: [--quick] [--out FILE] [--threshold X] [--rounds N], not ", word);
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
                 {"device", processor()},
                 {"threads", o.threads},
                 {"precision", "fp32"},
                 {"versions", {{"LibTorch", TORCH_VERSION}, {"compiler", compiler()}}},
                 {"probe", {{"threshold", o.probe.threshold}}}};
  std::printf("%s, %d threads, LibTorch %s, %s, single precision; probe: %.0f Gflop/s, threshold %.2f\n",
              processor().c_str(), o.threads, TORCH_VERSION, compiler().c_str(), o.probe.best, o.probe.threshold);
}

/// One column of a row: "D = 512".
inline std::string at_width(std::int64_t width) { return "D = " + std::to_string(width); }

/// The largest |ours - theirs| of slice 0.
inline double difference(const Scoring& s, const at::Tensor& theirs, std::int64_t words = 0) {
  const auto texts = s.pack(0, words);
  at::Tensor ours = at::empty({s.w.images, texts.texts()}, at::kFloat);
  s.sweep(s.packed, texts, s.epilogue, ours);
  return (ours - theirs).abs().max().item<double>();
}

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

inline void scoring_contest(Report& report, Options& o, std::int64_t width) {
  const Workload w = o.quick ? make_workload(128, 500, 16, 32, width) : make_workload(500, 2500, 16, 32, width);
  Scoring s(w, 5, o.quick ? 25 : 50);
  const std::string at = at_width(width), contest = "scoring, " + at;
  std::printf(
      "\nscoring, D = %lld: %lld images x %lld captions of mean %.2f words (seed %llu), K = 16, L = 32, temperature %g;"
      " a round is one fifth of the captions\n",
      static_cast<long long>(width), static_cast<long long>(w.images), static_cast<long long>(w.texts),
      static_cast<double>(w.real_words()) / static_cast<double>(w.texts), static_cast<unsigned long long>(seed),
      w.temperature);
  report.head["workload"] = {{"images", w.images},
                             {"texts", w.texts},
                             {"K", 16},
                             {"L", 32},
                             {"seed", seed},
                             {"mean words", static_cast<double>(w.real_words()) / static_cast<double>(w.texts)},
                             {"temperature", w.temperature}};

  // What everyone scores, in everyone's own layout. `full`: every caption has 32 real words, nothing is masked.
  using Form = Scoring::Form;
  std::vector<mgan::kernels::PackedTexts> ragged, full;
  std::vector<std::vector<Chunk>> padded, sorted, all_real;
  std::vector<Scoring::BareProduct> bare;
  for (int i = 0; i < s.slices; ++i) {
    ragged.push_back(s.pack(i));
    full.push_back(s.pack(i, w.longest));
    padded.push_back(s.chunks(i, Form::padded));
    sorted.push_back(s.chunks(i, Form::sorted));
    all_real.push_back(s.chunks(i, Form::full));
  }
  const auto rate = [&](bool words_left) {
    auto product = s.bare(0, words_left);
    product.run();
    return std::min(product.run(), product.run());
  };
  const bool words_left = rate(true) < rate(false);
  for (int i = 0; i < s.slices; ++i) bare.push_back(s.bare(i, words_left));

  std::fprintf(stderr, "   LibTorch's ways, padded and masked:\n");
  const std::vector<std::int64_t> at_once =
      o.quick ? std::vector<std::int64_t>{5, 25} : std::vector<std::int64_t>{5, 10, 50};
  const Way padded_way = s.fastest(Form::padded, at_once);
  std::fprintf(stderr, "   LibTorch's ways, sorted by length:\n");
  const Way sorted_way = s.fastest(Form::sorted, at_once);
  report.head["fastest eager"][at] = {{"padded", padded_way.name()}, {"sorted", sorted_way.name()}};
  {
    const at::NoGradGuard no_grad;
    std::printf("   largest difference of scores: padded eager %.1e, sorted eager %.1e, 32 real words %.1e\n",
                difference(s, s.score(padded[0], padded_way)), difference(s, s.score(sorted[0], sorted_way)),
                difference(s, s.score(all_real[0], padded_way), w.longest));
  }

  at::Tensor scores = at::empty({w.images, s.count(0)}, at::kFloat);
  const auto index = [](int i) { return static_cast<std::size_t>(i); };
  std::vector<Contestant> contestants{
      {"mgan, ragged", [&](int i) { return s.sweep(s.packed, ragged[index(i)], s.epilogue, scores); }},
      {"mgan's product alone, ragged",
       [&](int i) { return s.sweep(s.packed, ragged[index(i)], NoEpilogue{}, scores); }},
      {"LibTorch's product alone, ragged", [&](int i) { return bare[index(i)].run(); }},
      {"mgan, 32 words", [&](int i) { return s.sweep(s.packed, full[index(i)], s.epilogue, scores); }},
      {"eager, padded and masked", [&](int i) { return s.time(padded[index(i)], padded_way); }},
      {"eager, 32 words", [&](int i) { return s.time(all_real[index(i)], padded_way); }},
      {"eager, sorted by length", [&](int i) { return s.time(sorted[index(i)], sorted_way); }},
  };

  const auto bf16_images = s.pack_images<mgan::kernels::Bf16>();
  const auto int8_images = s.pack_images<mgan::kernels::Int8>();
  std::vector<mgan::kernels::PackedTextsOf<mgan::kernels::Bf16>> bf16;
  std::vector<mgan::kernels::PackedTextsOf<mgan::kernels::Int8>> int8;
  for (int i = 0; i < s.slices; ++i) {
    bf16.push_back(s.pack<mgan::kernels::Bf16>(i));
    int8.push_back(s.pack<mgan::kernels::Int8>(i));
  }
  contestants.push_back(
      {"mgan, ragged, bf16 products", [&](int i) { return s.sweep(bf16_images, bf16[index(i)], s.epilogue, scores); }});
  contestants.push_back(
      {"mgan, ragged, int8 products", [&](int i) { return s.sweep(int8_images, int8[index(i)], s.epilogue, scores); }});
  contestants[contestants.size() - 2].run(0);
  const double bf16_error = difference(s, scores);
  contestants.back().run(0);
  std::printf("   largest difference of scores: bf16 %.1e (%s), int8 %.1e (%s)\n", bf16_error,
              name_of(mgan::kernels::best_level<mgan::kernels::Bf16>()), difference(s, scores),
              name_of(mgan::kernels::best_level<mgan::kernels::Int8>()));

  PythonPeer peer("fused");
  std::string no_compile = peer.missing();
  if (peer) {
    report.head["versions"]["Python"] = peer.versions["python"];
    report.head["versions"]["torch"] = peer.versions["torch"];
    if (peer.versions["no_compile"].is_string()) no_compile = peer.versions["no_compile"];
  }
  if (no_compile.empty()) {
    hand_over(peer, w, o.threads);
    for (const char* form : {"sorted", "padded", "full"}) {
      const std::string name = fastest_compiled(peer, s, form, o.quick);
      if (!name.empty())
        contestants.push_back(
            {std::string("torch.compile, ") + form, [&peer, name](int i) { return peer.run(name, i); }});
    }
  } else {
    std::printf("   torch.compile: %s\n", no_compile.c_str());
  }

  const Results r = interleave(contestants, o.rounds_or(5), s.slices, o.probe);
  report.contest(contest, r, s.pairs(), s.flops());
  const bool wide = width == 2048;
  const double bare_best = std::max(r.ratio("mgan's product alone, ragged", "mgan, ragged"), 0.0);
  report.row("fp32 fused against its product alone", at, 100 * bare_best, " %", wide ? 90 : 78, wide ? 95 : 88);
  report.row("fp32 fused against LibTorch's product alone, same flops", at,
             100 * r.ratio("LibTorch's product alone, ragged", "mgan, ragged"), " %", wide ? 90 : 78, wide ? 95 : 88);
  report.note("products of the sweep against the multiply-add peak", at,
              100 * s.flops() / r.of("mgan, ragged") / 1e9 / o.probe.best, " %");
  report.row("padded against padded eager", at, r.ratio("eager, 32 words", "mgan, 32 words"), "x", wide ? 1.75 : 2.3,
             wide ? 2.0 : 2.6);
  report.row("ragged against padded eager", at, r.ratio("eager, padded and masked", "mgan, ragged"), "x",
             wide ? 5.2 : 5.7, wide ? 6.0 : 6.5);
  report.row("ragged against eager sorted by length", at, r.ratio("eager, sorted by length", "mgan, ragged"), "x",
             wide ? 1.6 : 2.3, wide ? 1.8 : 2.6);
  if (no_compile.empty()) {
    report.row("padded against padded torch.compile", at, r.ratio("torch.compile, full", "mgan, 32 words"), "x",
               wide ? 1.3 : 1.6, wide ? 1.5 : 1.9);
    report.row("ragged against padded torch.compile", at, r.ratio("torch.compile, padded", "mgan, ragged"), "x",
               wide ? 3.1 : 3.9, wide ? 3.5 : 4.4);
    report.row("ragged against torch.compile sorted by length", at, r.ratio("torch.compile, sorted", "mgan, ragged"),
               "x", wide ? 1.5 : 2.0, wide ? 1.7 : 2.3);
  } else {
    report.skipped("against torch.compile, " + at, no_compile);
  }

  const std::string dot = name_of(mgan::kernels::best_level<mgan::kernels::Bf16>());
  const double bf16_gain = r.ratio("mgan, ragged", "mgan, ragged, bf16 products");
  if (wide) report.row("bf16 against own fp32, " + dot, at, bf16_gain, "x", 1.8, 1.92);
  else report.note("bf16 against own fp32, " + dot, at, bf16_gain, "x");
  if (wide) report.row("bf16: largest error of a score", at, bf16_error, "", 1e-3, 1e-3, Better::less);
  report.note("int8 sweep alone against own fp32", at, r.ratio("mgan, ragged", "mgan, ragged, int8 products"), "x");
  if (width == 512) {
    const auto serial = [](std::int64_t n, const auto& f) { f(std::int64_t{0}, n); };
    const auto bytes = peak_bytes([&] { s.sweep(s.packed, ragged[0], s.epilogue, scores, serial); });
    report.row("workspace of a thread", "K = 16", static_cast<double>(bytes) / (1 << 20), " MB", 1, 0.5, Better::less);
  }
}

}  // namespace bench
