// Our arrays: row-major doubles of any rank.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "mgan/core/host.hpp"

namespace lab {

struct Grid {
  mgan::Shape shape;
  std::vector<double> numbers;
  explicit operator double() const { return numbers.at(0); }  // rank 0: a score
};

/// What the functors that we use ask of a tensor type.
struct grid_ops {
  static mgan::Shape shape(const Grid& x) { return x.shape; }
  static mgan::HostArray to_host(const Grid& x) { return {x.shape, x.numbers}; }
  static Grid from_host(const mgan::HostArray& x) { return {x.shape, x.values}; }
  static void assign(Grid& x, const mgan::HostArray& numbers) { x.numbers = numbers.values; }
  static Grid make_matrix(std::int64_t m, std::int64_t n, double fill) {
    return {{m, n}, std::vector<double>(static_cast<std::size_t>(m * n), fill)};
  }

  using Row = std::span<const double>;
  static double dot(Row a, Row b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }
  /// (..., n) -> (..., width), or (...) for width 0: f(row, numbers) appends what becomes of a row.
  static Grid each_row(const Grid& x, std::int64_t width, auto f) {
    Grid y{{x.shape.begin(), x.shape.end() - 1}, {}};
    if (width > 0) y.shape.push_back(width);
    const auto n = static_cast<std::size_t>(x.shape.back());
    for (std::size_t i = 0; i < x.numbers.size(); i += n) f(Row(&x.numbers[i], n), y.numbers);
    return y;
  }
  static Grid normalize(const Grid& x) {
    return each_row(x, x.shape.back(), [](Row a, auto& out) {
      for (const double v : a) out.push_back(v / std::max(std::sqrt(dot(a, a)), 1e-12));
    });
  }
  static Grid inner(const Grid& x, const Grid& y) {  // (m, D), (n, D) -> (m, n)
    return each_row(x, y.shape.at(0),
                    [&](Row a, auto& out) { each_row(y, 0, [&](Row b, auto&) { out.push_back(dot(a, b)); }); });
  }
  static Grid linear(const Grid& x, const Grid& weight) { return inner(x, weight); }
  static Grid max(const Grid& x, mgan::NoMask) {
    return each_row(x, 0, [](Row a, auto& out) { out.push_back(*std::max_element(a.begin(), a.end())); });
  }
  static Grid mean(const Grid& x, mgan::NoMask) {
    return each_row(x, 0, [](Row a, auto& out) {
      out.push_back(std::accumulate(a.begin(), a.end(), 0.0) / static_cast<double>(a.size()));
    });
  }
};

}  // namespace lab

template <>
struct mgan::tensor_traits<lab::Grid> {
  using ops = lab::grid_ops;
  using matrix = lab::Grid;  // a weight of rank 2
  using vector = lab::Grid;  // of rank 1
};
