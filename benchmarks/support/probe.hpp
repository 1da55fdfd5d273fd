// The machine's multiply-add peak, and by it whether the machine is quiet.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "mgan/kernels/cpu/score/sweep.hpp"

namespace bench {

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Seconds that f() takes.
template <class F>
double seconds(const F& f) {
  const double began = now();
  f();
  return now() - began;
}

/// Independent chains of multiply-adds that stay in registers: 24 of 16 floats, 12 of 8 or 4.
template <int W>
[[gnu::always_inline]] inline float multiply_adds(std::int64_t steps, float factor) {
  constexpr int chains = W == 16 ? 24 : 12;
  using V = mgan::kernels::Floats<W>;
  V sum[chains], x = V{} + factor, y = V{} + factor * 0.5f;
#pragma GCC unroll 24
  for (int j = 0; j < chains; ++j) sum[j] = V{} + static_cast<float>(j);
  for (std::int64_t i = 0; i < steps; ++i) {
#pragma GCC unroll 24
    for (int j = 0; j < chains; ++j) sum[j] = sum[j] * x + y;
  }
  float total = 0;
#pragma GCC unroll 24
  for (int j = 0; j < chains; ++j) total += sum[j][0];
  return total;
}
[[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] inline float multiply_adds_avx512(std::int64_t n, float x) {
  return multiply_adds<16>(n, x);
}
[[gnu::target("avx2,fma")]] inline float multiply_adds_avx2(std::int64_t n, float x) { return multiply_adds<8>(n, x); }
inline float multiply_adds_portable(std::int64_t n, float x) { return multiply_adds<4>(n, x); }

/// Gflop/s of multiply-adds on `threads` threads at once, for a few milliseconds; the slowest thread counts.
inline double multiply_add_rate(int threads) {
  using mgan::kernels::Target;
  const Target target = mgan::kernels::best_target();
  const std::int64_t steps = 400'000, chains = target == Target::avx512 ? 24 : 12;
  const std::int64_t width = mgan::kernels::width_of(target);
  std::atomic<float> sink{0};
  std::atomic<int> ready{0};
  std::vector<double> took(static_cast<std::size_t>(threads));
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&, t] {
      for (++ready; ready < threads;) std::this_thread::yield();
      took[static_cast<std::size_t>(t)] = seconds([&] {
        const float x = 0.5f + 0.001f * static_cast<float>(t);
        sink = target == Target::avx512 ? multiply_adds_avx512(steps, x)
               : target == Target::avx2 ? multiply_adds_avx2(steps, x)
                                        : multiply_adds_portable(steps, x);
      });
    });
  for (std::thread& worker : workers) worker.join();
  const double flops = 2.0 * static_cast<double>(steps * chains * width) * threads;
  return flops / *std::max_element(took.begin(), took.end()) / 1e9;
}

/// A probe compares the multiply-add rate of the moment with the best that was ever seen. `threshold` is fixed before
/// anything is measured: a moment is quiet when best / rate stays below it.
struct Probe {
  int threads = 1;
  double threshold = 1.15;
  double best = 0;  // Gflop/s

  void calibrate() {
    for (int i = 0; i < 50; ++i) best = std::max(best, multiply_add_rate(threads));
  }
  /// Waits until threads that spin after their last work have gone to sleep, then probes; the better of two.
  bool quiet() {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const double rate = std::max(multiply_add_rate(threads), multiply_add_rate(threads));
    best = std::max(best, rate);
    return best / rate < threshold;
  }
};

}  // namespace bench
