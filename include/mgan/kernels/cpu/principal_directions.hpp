// The directions that carry most of the energy of a set of rows: the leading eigenvectors of their second moment,
// without centring, by orthogonal iteration.
//
// Any orthonormal directions make correct bounds, and better ones tighter bounds: nothing depends on convergence.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace mgan::kernels {

/// `count` orthonormal directions of `width` numbers, row by row, most energy first.
struct Directions {
  std::int64_t width = 0, count = 0;
  std::vector<double> rows;

  const double* row(std::int64_t r) const { return rows.data() + r * width; }
  double* row(std::int64_t r) { return rows.data() + r * width; }

  /// Gram-Schmidt, twice, so that rows are orthogonal to rounding; a row that vanishes becomes zero.
  void orthonormalise() {
    for (std::int64_t r = 0; r < count; ++r) {
      double* x = row(r);
      double length = norm(x);
      for (int pass = 0; pass < 2; ++pass) {
        for (std::int64_t s = 0; s < r; ++s) {
          const double* y = row(s);
          double dot = 0;
          for (std::int64_t d = 0; d < width; ++d) dot += x[d] * y[d];
          for (std::int64_t d = 0; d < width; ++d) x[d] -= dot * y[d];
        }
        const double left = norm(x), scale = left > 1e-10 * length && left > 0 ? 1 / left : 0;
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
        double dot = 0;
        for (std::int64_t d = 0; d < width; ++d) dot += row(r)[d] * row(s)[d];
        if (r == s && dot == 0) continue;
        worst = std::max(worst, std::abs(dot - (r == s ? 1 : 0)));
      }
    return worst;
  }

 private:
  double norm(const double* x) const {
    double sum = 0;
    for (std::int64_t d = 0; d < width; ++d) sum += x[d] * x[d];
    return std::sqrt(sum);
  }
};

/// sample: rows of `width` floats. Cost: 4 rows width count a round.
inline Directions principal_directions(const std::vector<const float*>& sample, std::int64_t width, std::int64_t count,
                                       int rounds = 6) {
  Directions q{width, std::min(count, width), {}};
  q.rows.resize(static_cast<std::size_t>(q.width * q.count));
  std::uint64_t state = 1;
  for (double& x : q.rows) {  // any start will do
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    x = static_cast<double>(state >> 33) / 4294967296.0 - 0.25;
  }
  q.orthonormalise();
  std::vector<double> next(q.rows.size());
  for (int round = 0; round < rounds && !sample.empty(); ++round) {
    std::fill(next.begin(), next.end(), 0);
    for (const float* x : sample) {
      for (std::int64_t r = 0; r < q.count; ++r) {
        const double* direction = q.row(r);
        double dot = 0;
        for (std::int64_t d = 0; d < width; ++d) dot += direction[d] * static_cast<double>(x[d]);
        double* to = next.data() + r * width;
        for (std::int64_t d = 0; d < width; ++d) to[d] += dot * static_cast<double>(x[d]);
      }
    }
    q.rows.swap(next);
    q.orthonormalise();
  }
  return q;
}

}  // namespace mgan::kernels
