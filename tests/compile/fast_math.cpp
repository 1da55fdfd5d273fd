// What is left of -ffast-math when its -ffinite-math-only is taken back: NaN is still found.
#include <Eigen/Core>
#include <cmath>
#include <cstdio>

#include "mgan/alignment/global_alignment.hpp"
#include "mgan/backend/eigen.hpp"
#include "mgan/metrics/streaming_ranks.hpp"

template <class F>
bool refused(const char* what, F&& f) {
  try {
    f();
  } catch (const mgan::Error&) {
    return true;
  }
  std::printf("not refused: %s\n", what);
  return false;
}

int main() {
  const volatile double zero = 0;
  const double nan = zero / zero;
  const std::vector<std::int64_t> owner{0, 1};
  bool ok = refused("NaN among features", [&] {
    mgan::GlobalAlignment{}(Eigen::VectorXd{{1, nan}}, Eigen::VectorXd{{1, 2}});
  });
  ok &= refused("infinity among features", [&] {
    mgan::GlobalAlignment{}(Eigen::VectorXd{{1, 1 / zero}}, Eigen::VectorXd{{1, 2}});
  });
  ok &= refused("NaN among scores", [&] { mgan::retrieval_metrics(std::vector{1.0, 2.0, nan, 3.0}, 2, 2, owner); });
  ok &= refused("a streamed NaN", [&] { mgan::StreamingRanks<double>(2, owner).own(0, nan); });
  ok &= refused("a temperature of NaN", [&] { mgan::check_positive("here", "temperature", nan); });
  return ok ? 0 : 1;
}
