// Where gradients go, and how those of weights, which every pair touches, are summed.
#pragma once

#include "mgan/kernels/cpu/rows/pack.hpp"

namespace mgan::kernels {

/// Where the gradients go: images and words are set, what lies behind a length is left alone; weights are added up in
/// double.
struct GradientOutputs {
  ImageRowsOf<float> images;
  WordRowsOf<float> words;
  double* weights;  // Gradient::weights(K) numbers, added to
};

namespace detail {

/// Tasks 0..tasks-1 in at most 32 runs, whatever the number of threads: work(begin, end, dA) adds to dA (weights, 16
/// lanes), whose lanes and then runs are summed in order, into `sums`. make_work() makes a `work` for one thread.
template <class ParallelFor, class MakeWork>
void in_runs(std::int64_t tasks, std::int64_t weights, double* sums, const ParallelFor& parallel_for,
             const MakeWork& make_work) {
  const std::int64_t runs = std::min<std::int64_t>(tasks, 32);
  auto of_runs = List<float>::of(runs * weights);
  parallel_for(runs, [&](std::int64_t first, std::int64_t last) {
    auto work = make_work();
    Buffer dA(weights * lanes);
    for (std::int64_t r = first; r < last; ++r) {
      std::fill(dA.data(), dA.data() + weights * lanes, 0.0f);
      work(r * tasks / runs, (r + 1) * tasks / runs, dA.data());
      for (std::int64_t i = 0; i < weights; ++i) {
        float sum = 0;
        for (int lane = 0; lane < lanes; ++lane) sum += dA.data()[i * lanes + lane];
        of_runs[r * weights + i] = sum;
      }
    }
  });
  for (std::int64_t r = 0; r < runs; ++r)
    for (std::int64_t i = 0; i < weights; ++i) sums[i] += static_cast<double>(of_runs[r * weights + i]);
}

}  // namespace detail

}  // namespace mgan::kernels
