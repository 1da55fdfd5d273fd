// The rows of the target table that are about scoring against LibTorch, eager.
#pragma once

#include <cstdio>

#include "options.hpp"
#include "scoring.hpp"

namespace bench {

/// The largest |ours - theirs| of slice 0.
inline double difference(const Scoring& s, const at::Tensor& theirs, std::int64_t words = 0) {
  const auto texts = s.pack(0, words);
  at::Tensor ours = at::empty({s.w.images, texts.texts()}, at::kFloat);
  s.sweep(s.packed, texts, s.epilogue, ours);
  return (ours - theirs).abs().max().item<double>();
}

/// 500 images x 2,500 captions, said and recorded.
inline Workload scoring_workload(Report& report, const Options& o, std::int64_t width) {
  const Workload w = o.quick ? make_workload(128, 500, 16, 32, width) : make_workload(500, 2500, 16, 32, width);
  const double mean = static_cast<double>(w.real_words()) / static_cast<double>(w.texts);
  std::printf(
      "   D = %lld: %lld images x %lld captions of mean %.2f words (seed %llu), K = 16, L = 32, temperature %g\n",
      static_cast<long long>(width), static_cast<long long>(w.images), static_cast<long long>(w.texts), mean,
      static_cast<unsigned long long>(seed), w.temperature);
  report.head["workload"] = {{"images", w.images},
                             {"texts", w.texts},
                             {"K", 16},
                             {"L", 32},
                             {"D", width},
                             {"seed", seed},
                             {"mean words", mean},
                             {"temperature", w.temperature}};
  return w;
}

/// A round is one fifth of the captions.
inline void scoring_contest(Report& report, Options& o, std::int64_t width) {
  const Workload w = scoring_workload(report, o, width);
  Scoring s(w, 5, o.quick ? 25 : 50);
  const std::string at = at_width(width), contest = "scoring, " + at;

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
  std::fprintf(stderr, "   LibTorch's ways, 32 words:\n");
  const Way full_way = s.fastest(Form::full, at_once);
  report.head["fastest eager"] = {
      {"padded", padded_way.name()}, {"sorted", sorted_way.name()}, {"32 words", full_way.name()}};
  {
    const at::NoGradGuard no_grad;
    std::printf("   largest difference of scores: padded eager %.1e, sorted eager %.1e, 32 real words %.1e\n",
                difference(s, s.score(padded[0], padded_way)), difference(s, s.score(sorted[0], sorted_way)),
                difference(s, s.score(all_real[0], full_way), w.longest));
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
      {"eager, 32 words", [&](int i) { return s.time(all_real[index(i)], full_way); }},
      {"eager, sorted by length", [&](int i) { return s.time(sorted[index(i)], sorted_way); }},
  };

  const Results r = interleave(contestants, o.rounds_or(5), s.slices, o.probe);
  report.contest(contest, r, s.pairs(), s.flops());
  const bool wide = width == 2048;
  report.row("fp32 fused against its product alone", at, 100 * r.ratio("mgan's product alone, ragged", "mgan, ragged"),
             " %", wide ? 90 : 78, wide ? 95 : 88);
  report.row("fp32 fused against LibTorch's product alone, same flops", at,
             100 * r.ratio("LibTorch's product alone, ragged", "mgan, ragged"), " %", wide ? 90 : 78, wide ? 95 : 88);
  for (const auto& [who, name] :
       {std::pair("mgan, ragged", "the fused sweep"), std::pair("mgan's product alone, ragged", "its product alone"),
        std::pair("LibTorch's product alone, ragged", "LibTorch's product alone")})
    report.note(std::string("of the multiply-add peak: ") + name, at, 100 * s.flops() / r.of(who) / 1e9 / o.probe.best,
                " %");
  report.row("padded against padded eager", at, r.ratio("eager, 32 words", "mgan, 32 words"), "x", wide ? 1.75 : 2.3,
             wide ? 2.0 : 2.6);
  report.row("ragged against padded eager", at, r.ratio("eager, padded and masked", "mgan, ragged"), "x",
             wide ? 5.2 : 5.7, wide ? 6.0 : 6.5);
  report.row("ragged against eager sorted by length", at, r.ratio("eager, sorted by length", "mgan, ragged"), "x",
             wide ? 1.6 : 2.3, wide ? 1.8 : 2.6);
}

}  // namespace bench
