// The directions that carry most of the energy of a set of rows: the leading eigenvectors of their second moment,
// without centring, by orthogonal iteration.
//
// Any orthonormal directions make correct bounds, and better ones tighter bounds: nothing depends on convergence.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "mgan/core/list.hpp"
#include "mgan/kernels/cpu/prune/projections.hpp"

namespace mgan::kernels {

/// `count` orthonormal directions of `width` numbers, row by row, most energy first.
struct Directions {
  std::int64_t width = 0, count = 0;
  List<double> rows;

  const double* row(std::int64_t r) const { return rows.data() + r * width; }
  double* row(std::int64_t r) { return rows.data() + r * width; }

  /// Column by column (width, padded), as `project` reads them.
  List<double> columns() const {
    const std::int64_t next = padded_directions(count);
    auto q = List<double>::of(width * next);
    for (std::int64_t r = 0; r < count; ++r)
      for (std::int64_t d = 0; d < width; ++d) q[d * next + r] = row(r)[d];
    return q;
  }

  /// Gram-Schmidt, twice, so that rows are orthogonal to rounding; a row that vanishes becomes zero.
  void orthonormalise() {
    for (std::int64_t r = 0; r < count; ++r) {
      double* x = row(r);
      double length = std::sqrt(product(x, x));
      for (int pass = 0; pass < 2; ++pass) {
        for (std::int64_t s = 0; s < r; ++s) {
          const double* y = row(s);
          const double dot = product(x, y);
          for (std::int64_t d = 0; d < width; ++d) x[d] -= dot * y[d];
        }
        const double left = std::sqrt(product(x, x)), scale = left > 1e-10 * length && left > 0 ? 1 / left : 0;
        for (std::int64_t d = 0; d < width; ++d) x[d] *= scale;
        length = 1;
      }
    }
  }
  /// The largest |<row, row'> - [row = row']| over rows that are not zero.
  double defect() const {
    double worst = 0;
    for (std::int64_t r = 0; r < count; ++r)
      for (std::int64_t s = 0; s <= r; ++s) {
        const double dot = product(row(r), row(s));
        if (r == s && dot == 0) continue;
        worst = std::max(worst, std::abs(dot - (r == s ? 1 : 0)));
      }
    return worst;
  }

 private:
  double product(const double* x, const double* y) const {
    double sum[8] = {};
    std::int64_t d = 0;
    for (; d + 8 <= width; d += 8)
      for (int j = 0; j < 8; ++j) sum[j] += x[d + j] * y[d + j];
    for (; d < width; ++d) sum[0] += x[d] * y[d];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
  }
};

/// sample: rows of `width` floats. A round costs 2 rows width count multiply-adds.
template <class ParallelFor>
Directions principal_directions(const List<const float*>& sample, std::int64_t width, std::int64_t count,
                                const ParallelFor& parallel_for, int rounds = 4) {
  Directions q{width, std::min(count, width), {}};
  q.rows = List<double>::of(q.width * q.count);
  std::uint64_t state = 1;
  for (double& x : q.rows) {  // any start will do
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    x = static_cast<double>(state >> 33) / 4294967296.0 - 0.25;
  }
  q.orthonormalise();
  const std::int64_t samples = sample.count(), next = padded_directions(q.count);
  auto turned = List<float>::of(width * samples);  // (D, S)
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t d = 0; d < width; ++d) turned[d * samples + s] = sample[s][d];
  auto heads = List<double>::of(samples * next), sums = List<double>::of(width * next);
  for (int round = 0; round < rounds && samples > 0; ++round) {
    const List<double> columns = q.columns();  // (D, R)
    project([&](std::int64_t s) { return sample[s]; }, samples, width, columns.data(), next, heads.data(),
            parallel_for);  // X Q
    project([&](std::int64_t d) { return turned.data() + d * samples; }, width, samples, heads.data(), next,
            sums.data(), parallel_for);  // X' X Q
    for (std::int64_t r = 0; r < q.count; ++r)
      for (std::int64_t d = 0; d < width; ++d) q.row(r)[d] = sums[d * next + r];
    q.orthonormalise();
  }
  return q;
}

}  // namespace mgan::kernels
