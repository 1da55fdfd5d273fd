// The rows of the target table that are about bf16 and int8 products, and about the workspace of a thread.
#pragma once

#include <cmath>

#include "allocations.hpp"
#include "mgan/kernels/cpu/score/pair_scores.hpp"
#include "mgan/kernels/cpu/score/rescore.hpp"
#include "scoring_contest.hpp"

namespace bench {

/// Rows and columns of S whose ten largest, in order, are not those of the other.
inline std::int64_t other_first_ten(const at::Tensor& S, const at::Tensor& other) {
  std::int64_t apart = 0;
  for (const bool columns : {false, true}) {
    const auto first = [&](const at::Tensor& x) {
      return std::get<1>((columns ? x.t().contiguous() : x).topk(10, 1));  // (queries, 10)
    };
    apart += first(S).ne(first(other)).any(1).sum().item<std::int64_t>();
  }
  return apart;
}

/// All captions a round.
inline void precision_contest(Report& report, Options& o, std::int64_t width) {
  namespace kernels = mgan::kernels;
  const Workload w = scoring_workload(report, o, width);
  const Scoring s(w, 1, 50);
  const std::string at = at_width(width);
  const mgan::torch_parallel_for threads;

  // Packed texts are sorted by length, and so are the columns of S.
  mgan::List<std::int64_t> order, lengths, starts;
  for (const auto& chunk : s.captions(0)) order.insert(order.end(), chunk.begin(), chunk.end());
  for (const std::int64_t t : order) {
    lengths.push_back(w.lengths[static_cast<std::size_t>(t)]);
    starts.push_back(t * w.longest * width);
  }
  const auto texts = s.pack(0);
  const auto bf16_texts = s.pack<kernels::Bf16>(0);
  const auto int8_texts = s.pack<kernels::Int8>(0);
  const auto bf16_images = s.pack_images<kernels::Bf16>();
  const auto int8_images = s.pack_images<kernels::Int8>();
  const auto listed_images =
      kernels::list_images(kernels::image_rows(w.rows.data(), w.images, w.patches, width), threads);
  const auto listed_texts = kernels::list_texts({w.words.data(), lengths, starts, width, width}, threads);

  const auto empty = [&] { return at::empty({w.images, w.texts}, at::kFloat); };
  at::Tensor fp32 = empty(), bf16 = empty(), int8 = empty(), rescored = empty();
  std::int64_t again = 0;
  const auto sweep_and_rescore = [&](int) {
    return seconds([&] {
      s.sweep(int8_images, int8_texts, s.epilogue, rescored);
      float* S = rescored.mutable_data_ptr<float>();
      std::vector<float> found;
      const auto rescore = [&](const std::vector<kernels::Pair>& pairs) {
        found.resize(pairs.size());
        kernels::pair_scores(listed_images, listed_texts, s.epilogue, pairs, found.data(), threads);
        for (std::size_t p = 0; p < pairs.size(); ++p) S[pairs[p].image * w.texts + pairs[p].text] = found[p];
      };
      const auto all = [&] { return std::vector<const float*>{S}; };
      again = static_cast<std::int64_t>(
          kernels::rescore_first(w.images, w.texts, w.texts, 10, 32, all, rescore, threads).size());
    });
  };
  const Results r =
      interleave({{"mgan, fp32", [&](int) { return s.sweep(s.packed, texts, s.epilogue, fp32); }},
                  {"mgan, bf16 products", [&](int) { return s.sweep(bf16_images, bf16_texts, s.epilogue, bf16); }},
                  {"mgan, int8 products", [&](int) { return s.sweep(int8_images, int8_texts, s.epilogue, int8); }},
                  {"mgan, int8 products, the first ten again in fp32", sweep_and_rescore}},
                 o.rounds_or(5), 1, o.probe);
  report.contest("precision, " + at, r, s.pairs(), s.flops());

  const auto most = [&](const at::Tensor& x) { return (x - fp32).abs().max().item<double>(); };
  const bool wide = width == 2048;
  const std::string dot = name_of(kernels::best_target<kernels::Int8>());
  const std::string bf16_dot = name_of(kernels::best_target<kernels::Bf16>());
  const double bf16_gain = r.ratio("mgan, fp32", "mgan, bf16 products");
  const double int8_gain = r.ratio("mgan, fp32", "mgan, int8 products, the first ten again in fp32");
  if (wide) report.row("bf16 against own fp32, " + bf16_dot, at, bf16_gain, "x", 1.8, 1.92);
  else report.note("bf16 against own fp32, " + bf16_dot, at, bf16_gain, "x");
  report.row("bf16: largest error of a score", at, most(bf16), "", 1e-3, 1e-3, Better::less);
  if (wide) report.row("int8 sweep and fp32 rescore against own fp32, " + dot, at, int8_gain, "x", 3.2, 3.55);
  else report.note("int8 sweep and fp32 rescore against own fp32, " + dot, at, int8_gain, "x");
  report.row("int8 and rescore: queries of 3,000 with other first ten than fp32", at,
             static_cast<double>(other_first_ten(rescored, fp32)), "", 0, 0, Better::less);
  report.note("int8 and rescore: pairs scored again", at, 100 * static_cast<double>(again) / s.pairs(), " %");
  report.note("int8 sweep alone against own fp32", at, r.ratio("mgan, fp32", "mgan, int8 products"), "x");
  report.note("int8: largest error of a score before the rescore", at, most(int8), "");
}

/// What a thread takes beyond inputs, their packed copies and S.
inline void workspace_contest(Report& report, Options& o) {
  const Workload w = scoring_workload(report, o, 512);
  const Scoring s(w, 5, 50);
  const auto texts = s.pack(0);
  at::Tensor scores = at::empty({w.images, texts.texts()}, at::kFloat);
  const auto serial = [](std::int64_t n, const auto& f) { f(std::int64_t{0}, n); };
  const auto bytes = peak_bytes([&] { s.sweep(s.packed, texts, s.epilogue, scores, serial); });
  mgan::require(bytes > 0, "the workspace was not seen");
  report.row("workspace of a thread", "K = 16", static_cast<double>(bytes) / (1 << 20), " MB", 1, 0.5, Better::less);
}

}  // namespace bench
