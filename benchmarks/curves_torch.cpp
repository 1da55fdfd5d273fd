// scripts/bench curves: what a pair costs, one factor at a time around K = 16, 14 words, D = 512, 0.3 M pairs.
//
// The number of pairs and threads, and the memory of a training step, are sections of scripts/bench fused.
//
//     curves_torch [--quick] [--out FILE] [--threshold X] [--rounds N] [--only SECTION,...]
#include "support/cost.hpp"
#include "support/sections.hpp"

namespace {

/// A series: the value of its factor into the size of a workload.
template <class Set>
bench::Section series(const std::string& name, std::vector<double> values, Set set) {
  return {name, [=](bench::Report& report, bench::Options& o) {
            std::vector<std::unique_ptr<bench::Point>> points;
            for (const double x : values) {
              if (o.quick && points.size() == 2) break;
              bench::Size z;
              set(z, x);
              points.push_back(bench::point(name, x, o.threads, z));
            }
            bench::measure_points(report, o, points);
          }};
}

/// 125 M pairs, once.
void coco(bench::Report& report, bench::Options& o) {
  bench::Size z{5000, 25'000};
  if (o.quick) z = {500, 2500};
  const auto p = bench::point("pairs", z.pairs(), o.threads, z);
  const double s = p->run();
  bench::add_point(report, *p, s / z.pairs() * 1e6);
  report.note(std::to_string(z.images) + " images x " + std::to_string(z.texts) + " captions, one run", "D = 512", s,
              " s");
}

}  // namespace

int main(int argc, char** argv) try {
  bench::Options options = bench::options(argc, argv);
  using bench::Size;
  bench::measure_sections(
      "curves", options,
      {
          series("K", {8, 16, 24, 32, 49}, [](Size& z, double x) { z.patches = static_cast<std::int64_t>(x); }),
          series("D", {256, 512, 1024, 2048}, [](Size& z, double x) { z.width = static_cast<std::int64_t>(x); }),
          series("words", {5, 10, 14, 20, 30, 50}, [](Size& z, double x) { z.words = x; }),
          {"coco", coco},
      });
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
