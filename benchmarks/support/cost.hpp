// What a pair costs as one factor of the workload grows, around K = 16, 14 words, D = 512, 0.3 M pairs.
#pragma once

#include <memory>

#include "options.hpp"
#include "scoring.hpp"

namespace bench {

struct Size {
  std::int64_t images = 250, texts = 1200, patches = 16, width = 512;
  double words = 14;

  double pairs() const { return static_cast<double>(images * texts); }
};

/// One workload, scored by `threads` threads: a point of a curve.
struct Point {
  std::string series;
  double x;
  int threads;
  Workload w;
  at::Tensor scores;
  std::unique_ptr<Scoring> scoring;
  mgan::kernels::PackedTexts texts;

  std::string name() const { return series + " " + std::to_string(x) + ", " + std::to_string(threads); }
  double pairs() const { return static_cast<double>(w.images * w.texts); }
  double run() {
    at::set_num_threads(threads);
    return scoring->sweep(scoring->packed, texts, scoring->epilogue, scores);
  }
};

inline std::unique_ptr<Point> point(const std::string& series, double x, int threads, const Size& z) {
  const auto longest = static_cast<std::int64_t>(z.words + 10);
  auto p = std::make_unique<Point>();
  p->series = series;
  p->x = x;
  p->threads = threads;
  p->w = make_workload(z.images, z.texts, z.patches, longest, z.width, z.words);
  p->scoring = std::make_unique<Scoring>(p->w, 1, 50);
  p->texts = p->scoring->pack(0);
  p->scores = at::empty({z.images, z.texts}, at::kFloat);
  p->w.words = {};  // packed by now
  return p;
}

inline void add_point(Report& report, const Point& p, double microseconds) {
  report.curves.push_back({{"series", p.series},
                           {"line", std::to_string(p.threads) + (p.threads == 1 ? " thread" : " threads")},
                           {"x", p.x},
                           {"microseconds_a_pair", microseconds}});
  std::printf("   %-8s %10.4g, %d threads: %9.4f us a pair\n", p.series.c_str(), p.x, p.threads, microseconds);
}

/// The points of one series in interleaved rounds.
inline Results measure_points(Report& report, Options& o, const std::vector<std::unique_ptr<Point>>& points) {
  std::vector<Contestant> contestants;
  for (auto& p : points) contestants.push_back({p->name(), [&p](int) { return p->run(); }});
  for (auto& p : points) p->run();
  const Results r = interleave(contestants, o.rounds_or(5), 1, o.probe);
  at::set_num_threads(o.threads);
  for (auto& p : points)
    if (r.has(p->name())) add_point(report, *p, r.of(p->name()) / p->pairs() * 1e6);
  report.head["rounds"] = {{"kept", r.kept}, {"dropped", r.dropped}};
  return r;
}

/// 0.3 to 4.8 M pairs, on one thread and on two.
inline void cost_of_pairs(Report& report, Options& o) {
  std::vector<std::unique_ptr<Point>> points;
  std::vector<Size> sizes{{250, 1200}, {500, 2400}, {1000, 4800}};
  if (o.quick) sizes.pop_back();
  const int most_threads = std::min(2, o.threads);
  for (const Size& z : sizes)
    for (int threads = 1; threads <= most_threads; ++threads) points.push_back(point("pairs", z.pairs(), threads, z));
  const Results r = measure_points(report, o, points);
  const auto& least = points[0];  // on one thread; behind it the same on two
  const double growth = sizes.back().pairs() / sizes.front().pairs();
  for (int threads = 1; threads <= most_threads; ++threads) {
    const std::string few = points[static_cast<std::size_t>(threads - 1)]->name();
    const std::string many = points[points.size() - static_cast<std::size_t>(most_threads - threads + 1)]->name();
    report.row("cost of a pair, 4.8 M pairs against 0.3 M: apart by",
               std::to_string(threads) + (threads == 1 ? " thread" : " threads"),
               100 * std::abs(r.ratio(many, few) / growth - 1), " %", 5, 2, Better::less);
  }
  if (most_threads == 2)
    report.row("from 1 to 2 threads", "0.3 M pairs", r.ratio(least->name(), points[1]->name()), "x", 1.85, 1.97);
}

}  // namespace bench
