// The kernels alone, with Google Benchmark: one group of 16 images against one block of captions, one thread.
//
//     build/release/benchmarks/kernels --benchmark_filter=product
#include <benchmark/benchmark.h>

#include "mgan/kernels/cpu/score/sweep.hpp"
#include "support/workload.hpp"

namespace {

using namespace mgan::kernels;

/// 16 images x K rows against 17 captions of 14 words.
struct Block {
  bench::Workload w;
  mgan::List<std::int64_t> lengths = mgan::List<std::int64_t>::of(17, 14);
  std::vector<float> scores = std::vector<float>(16 * 17);

  explicit Block(std::int64_t K, std::int64_t D) : w(bench::make_workload(16, 17, K, 14, D)) {}
  template <class Format>
  auto images() const {
    return pack_images<Format>(image_rows(w.rows.data(), 16, w.patches, w.width));
  }
  template <class Format>
  auto texts() const {
    const WordLayout layout = layout_of<Format>(best_target<Format>());
    return pack_texts<Format>(joined_words(w.words.data(), lengths, w.width), block_words(w.patches, layout.panel),
                              serially{}, layout);
  }
};
const auto here = [](std::int64_t n, const auto& f) { f(std::int64_t{0}, n); };

struct NoEpilogue {
  static std::int64_t scratch(std::int64_t, std::int64_t) { return 0; }
  template <int W>
  [[gnu::always_inline]] void finish(const float* c, std::int64_t, std::int64_t, float* out, float*) const {
    for (int lane = 0; lane < lanes; ++lane) out[lane] = c[lane];
  }
};

template <class Format>
void product(benchmark::State& state) {
  Block b(16, state.range(0));
  const auto images = b.images<Format>();
  const auto texts = b.texts<Format>();
  for (auto _ : state) sweep(images, texts, NoEpilogue{}, {b.scores.data(), 17}, here);
  const double flops = 2.0 * 16 * 16 * 17 * 14 * static_cast<double>(state.range(0));
  state.counters["flop/s"] =
      benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
}
BENCHMARK_TEMPLATE(product, Fp32)->Arg(256)->Arg(512)->Arg(2048);
BENCHMARK_TEMPLATE(product, Bf16)->Arg(512)->Arg(2048);
BENCHMARK_TEMPLATE(product, Int8)->Arg(512)->Arg(2048);

/// The epilogue alone is what a sweep at D = 1 costs beyond its product, which is nearly nothing there.
template <class Epilogue>
void score(benchmark::State& state, const Epilogue& epilogue_of) {
  Block b(state.range(0), 1);
  const auto images = b.images<Fp32>();
  const auto texts = b.texts<Fp32>();
  const auto epilogue = epilogue_of(b.w);
  for (auto _ : state) sweep(images, texts, epilogue, {b.scores.data(), 17}, here);
  state.counters["a pair"] =
      benchmark::Counter(16.0 * 17, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert,
                         benchmark::Counter::kIs1000);
}
BENCHMARK_CAPTURE(score, interaction,
                  [](const bench::Workload& w) {
                    return InteractionEpilogue{w.A1.data(), w.A2.data(), w.A3.data(), w.A4.data(), w.longest, 0.01f};
                  })
    ->Arg(8)
    ->Arg(16)
    ->Arg(49);
BENCHMARK_CAPTURE(score, maxima, [](const bench::Workload&) { return MaximaEpilogue{}; })->Arg(16);

void packing_texts(benchmark::State& state) {
  const Block b(16, 512);
  for (auto _ : state) benchmark::DoNotOptimize(b.texts<Fp32>());
}
BENCHMARK(packing_texts);

}  // namespace

BENCHMARK_MAIN();
