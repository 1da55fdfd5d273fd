// A ball around the rows of one side: one dot product then bounds every product with the rows of another ball, and so
// every weighted mean and every maximum of them.
//
//     p . t - m_p . m_t = (p - m_p) . t + m_p . (t - m_t)     |..| <= r_p |t| + |m_p| r_t
//
// and the same with the sides exchanged. m is the mean of the rows and r the largest distance from it. Tight where the
// rows of a sample lie close together.
#pragma once

#include "mgan/alignment/score_bounds.hpp"

namespace mgan {

struct RowBall {
  std::vector<double> mean;                  // (D)
  double norm = 0, radius = 0, longest = 0;  // |mean|; of the ball; the longest row
  std::int64_t rows = 0;                     // that are not padding
  std::string dtype = "F64";
};

struct row_ball_fn {
  /// Rows (n, D), masked if they are padded. Errors: no row.
  template <Tokens X>
  RowBall operator()(const X& x) const {
    const HostArray numbers = to_host(values(x));
    const auto D = static_cast<std::size_t>(numbers.shape.back());
    std::vector<double> kept(numbers.values.size() / D, 1);
    if constexpr (is_masked<X>) kept = to_host(mask(x)).values;
    RowBall ball{std::vector<double>(D), 0, 0, 0, 0, numbers.dtype};
    const auto each_row = [&](const auto& f) {
      for (std::size_t j = 0; j < kept.size(); ++j)
        if (kept[j] != 0) f(&numbers.values[j * D]);
    };
    each_row([&](const double* v) {
      double square = 0;
      for (std::size_t d = 0; d < D; ++d) {
        ball.mean[d] += v[d];
        square += v[d] * v[d];
      }
      ball.longest = std::max(ball.longest, std::sqrt(square));
      ++ball.rows;
    });
    require(ball.rows > 0, "row_ball: no rows in ", numbers.shape);
    for (double& m : ball.mean) {
      m /= static_cast<double>(ball.rows);
      ball.norm += m * m;
    }
    ball.norm = std::sqrt(ball.norm);
    each_row([&](const double* v) {
      double square = 0;
      for (std::size_t d = 0; d < D; ++d) square += (v[d] - ball.mean[d]) * (v[d] - ball.mean[d]);
      ball.radius = std::max(ball.radius, std::sqrt(square));
    });
    return ball;
  }
};
/// The ball of the rows (n, D) of one side.
inline constexpr row_ball_fn row_ball{};

/// Where every product of a row of one and a row of the other lies, and every weighted mean of them, as computed in
/// their scalar type.
inline ScoreBounds product_bounds(const RowBall& a, const RowBall& b) {
  require(a.mean.size() == b.mean.size(), "product_bounds: rows of ", a.mean.size(), " and of ", b.mean.size(),
          " numbers");
  double middle = 0;
  for (std::size_t d = 0; d < a.mean.size(); ++d) middle += a.mean[d] * b.mean[d];
  const double size = a.longest * b.longest;
  const double reach = std::min(a.radius * b.longest + a.norm * b.radius, b.radius * a.longest + b.norm * a.radius);
  const double off = mean_rounding(a.dtype, static_cast<std::int64_t>(a.mean.size()), a.rows + b.rows, size);
  return {std::max(middle - reach, -size) - off, std::min(middle + reach, size) + off};
}

}  // namespace mgan
