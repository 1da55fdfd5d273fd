// scripts/bench curves: what a pair costs, one factor at a time around K = 16, 14 words, D = 512, 0.3 M pairs.
//
//     curves_torch [--quick] [--out FILE] [--threshold X] [--rounds N]
#include <deque>

#include "support/scoring_contest.hpp"

namespace {

struct Point {
  std::string series;
  double x;
  int threads;
  bench::Workload w;
  at::Tensor scores;
  std::unique_ptr<bench::Scoring> scoring;
  mgan::kernels::PackedTexts texts;

  double run() {
    at::set_num_threads(threads);
    return scoring->sweep(scoring->packed, texts, scoring->epilogue, scores);
  }
};

struct Size {
  std::int64_t images = 250, texts = 1200, patches = 16, width = 512;
  double words = 14;
};

std::unique_ptr<Point> point(const std::string& series, double x, int threads, const Size& z) {
  const auto longest = static_cast<std::int64_t>(z.words + 10);
  auto p = std::make_unique<Point>();
  p->series = series;
  p->x = x;
  p->threads = threads;
  p->w = bench::make_workload(z.images, z.texts, z.patches, longest, z.width, z.words);
  p->scoring = std::make_unique<bench::Scoring>(p->w, 1, 50);
  p->texts = p->scoring->pack(0);
  p->scores = at::empty({z.images, z.texts}, at::kFloat);
  p->w.words = {};  // packed by now
  return p;
}

/// One series: its points in interleaved rounds.
bench::Results measure(bench::Report& report, bench::Options& o, std::vector<std::unique_ptr<Point>> points) {
  std::vector<bench::Contestant> contestants;
  for (auto& p : points)
    contestants.push_back({std::to_string(p->x) + " " + std::to_string(p->threads), [&p](int) { return p->run(); }});
  for (auto& p : points) p->run();
  const bench::Results r = bench::interleave(contestants, o.rounds_or(5), 1, o.probe);
  at::set_num_threads(o.threads);
  for (std::size_t i = 0; i < points.size() && r.has(contestants[i].name); ++i) {
    const Point& p = *points[i];
    const double pairs = static_cast<double>(p.w.images * p.w.texts), us = r.of(contestants[i].name) / pairs * 1e6;
    report.curves.push_back({{"series", p.series}, {"x", p.x}, {"threads", p.threads}, {"microseconds_a_pair", us}});
    std::printf("   %-8s %10.4g, %d threads: %9.4f us a pair\n", p.series.c_str(), p.x, p.threads, us);
  }
  return r;
}

}  // namespace

int main(int argc, char** argv) try {
  bench::Options o = bench::options(argc, argv);
  bench::Report report;
  bench::describe(report, o, "curves");
  const auto some = [&](std::vector<std::int64_t> all) {
    return o.quick ? std::vector<std::int64_t>{all.front(), all[1]} : all;
  };

  std::vector<std::unique_ptr<Point>> points;
  for (const std::int64_t scale : some({1, 4, 16}))  // 0.3 M to 4.8 M pairs
    for (const int threads : {1, 2}) {
      if (threads > o.threads) continue;
      Size z;
      z.images = scale == 16 ? 1000 : scale == 4 ? 500 : 250;
      z.texts = 300'000 * scale / z.images;
      points.push_back(point("pairs", static_cast<double>(z.images * z.texts), threads, z));
    }
  const std::string least = std::to_string(points.front()->x), most = std::to_string(points.back()->x);
  const bench::Results pairs = measure(report, o, std::move(points));
  const std::string threads = " " + std::to_string(std::min(2, o.threads));
  const double growth = std::stod(most) / std::stod(least);
  report.row("cost of a pair, largest against smallest workload: apart by", std::to_string(o.threads) + " threads",
             100 * std::abs(pairs.ratio(most + threads, least + threads) / growth - 1), " %", 5, 2,
             bench::Better::less);
  if (o.threads > 1)
    report.row("1 to 2 threads", "0.3 M pairs", pairs.ratio(least + " 1", least + " 2"), "x", 1.85, 1.97);

  points.clear();
  for (const std::int64_t K : some({8, 16, 24, 32, 49})) {
    Size z;
    z.patches = K;
    points.push_back(point("K", static_cast<double>(K), o.threads, z));
  }
  measure(report, o, std::move(points));
  points.clear();
  for (const std::int64_t D : some({256, 512, 1024, 2048})) {
    Size z;
    z.width = D;
    points.push_back(point("D", static_cast<double>(D), o.threads, z));
  }
  measure(report, o, std::move(points));
  points.clear();
  for (const std::int64_t words : some({5, 10, 14, 20, 30, 50})) {
    Size z;
    z.words = static_cast<double>(words);
    points.push_back(point("words", z.words, o.threads, z));
  }
  measure(report, o, std::move(points));

  if (!o.quick) {
    Size coco{5000, 25'000, 16, 512, 14};
    const auto p = point("COCO", 125e6, o.threads, coco);
    const double s = p->run();
    std::printf("   COCO-5K's size, 5,000 x 25,000: %.1f s, %.4f us a pair\n", s, s / 125);
    report.note("COCO-5K's size, 5,000 x 25,000, one run", "D = 512", s, " s");
  }
  report.head["probe"]["gflops"] = o.probe.best;
  report.print();
  if (!o.out.empty()) report.write(o.out);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
