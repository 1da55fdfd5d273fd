// How the regions of an image lie to each other: every pair is shared out to K Gaussians in polar coordinates.
//
//     c_i: centre of box i over (W, H);    rho_ij = |c_i - c_j|,    theta_ij = atan2(dx, dy) of c_i - c_j, x first
//     log u_ijk = -(rho_ij - mean_rho_k)^2 / (2 (1e-14 + precision_rho_k^2))
//                 - turn_ijk^2 / (2 (1e-14 + precision_theta_k^2))
//     turn_ijk = min(d, |2 pi - d|),  d = |theta_ij - mean_theta_k|
//     omega_ij. = softmax_k(log u_ij.)
//
// GSMN (Liu et al., CVPR 2020). "Precision" is a standard deviation there. Its code divides exponentials by their sum,
// which is NaN where all underflow; the softmax is the same function without that.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// Polar coordinates of every pair (i, j) of an image's R regions, K columns alike: (..., R R, K) each.
struct PolarPairs {
  HostArray rho, theta;
};

/// boxes (..., R, 4) as x1 y1 x2 y2, image_sizes (..., 2) as W H; `real` (..., R) marks real regions (empty: all),
/// whose boxes have to be finite. Throws for others, naming `where`, image and region.
inline PolarPairs polar_pairs(const char* where, const HostArray& boxes, const HostArray& image_sizes,
                              const std::vector<double>& real, std::int64_t copies) {
  const auto R = static_cast<std::size_t>(boxes.shape[boxes.shape.size() - 2]);
  const std::size_t images = image_sizes.values.size() / 2, K = static_cast<std::size_t>(copies);
  Shape pairs = boxes.shape;
  pairs[pairs.size() - 2] = static_cast<std::int64_t>(R * R);
  pairs.back() = copies;
  PolarPairs out{{pairs, std::vector<double>(images * R * R * K)}, {pairs, std::vector<double>(images * R * R * K)}};
  std::vector<double> x(R), y(R);
  for (std::size_t image = 0; image < images; ++image) {
    const double W = image_sizes.values[2 * image], H = image_sizes.values[2 * image + 1];
    require(W > 0 && H > 0 && std::isfinite(W) && std::isfinite(H), where, ": image ", image, " is of size ", W, " x ",
            H);
    for (std::size_t i = 0; i < R; ++i) {
      const double* box = &boxes.values[4 * (image * R + i)];
      x[i] = y[i] = 0;
      if (!real.empty() && real[image * R + i] == 0) continue;
      x[i] = (box[0] + box[2]) / (2 * W), y[i] = (box[1] + box[3]) / (2 * H);
      require(std::isfinite(x[i]) && std::isfinite(y[i]), where, ": image ", image, ", region ", i, ": box (", box[0],
              ", ", box[1], ", ", box[2], ", ", box[3], ") is not finite");
    }
    for (std::size_t i = 0; i < R; ++i) {
      for (std::size_t j = 0; j < R; ++j) {
        const double dx = x[i] - x[j], dy = y[i] - y[j];
        const auto first = static_cast<std::ptrdiff_t>(((image * R + i) * R + j) * K);
        std::fill_n(out.rho.values.begin() + first, K, std::hypot(dx, dy));
        std::fill_n(out.theta.values.begin() + first, K, std::atan2(dx, dy));
      }
    }
  }
  return out;
}

template <Tensor T>
struct BoxGaussians {
  vector_of<T> mean_rho, precision_rho, mean_theta, precision_theta;  // (K) each

  static BoxGaussians create(std::int64_t count) {
    const auto each = [count] { return make_vector<T>(count); };
    return {each(), each(), each(), each()};
  }
  std::int64_t count() const { return axis(mean_rho, 1); }

  /// omega of each region: R tensors (..., K, R), the last axis over its neighbours. `like` has the type wanted.
  template <Tensor X>
  auto operator()(const PolarPairs& pairs, std::int64_t regions, const X& like) const {
    for (const auto* v : {&precision_rho, &mean_theta, &precision_theta})
      check_shape("BoxGaussians", "a parameter", *v, {count()});
    const auto apart = sub(tensor_like(like, pairs.rho), mean_rho);            // (..., R R, K)
    const auto d = absolute(sub(tensor_like(like, pairs.theta), mean_theta));  // (..., R R, K)
    const auto around = absolute(shift(scale(d, -1), 2 * std::numbers::pi));   // (..., R R, K)
    const auto turn = sub(d, relu(sub(d, around)));                            // (..., R R, K), the smaller one
    const auto log_u = add(logarithm(apart, precision_rho), logarithm(turn, precision_theta));  // (..., R R, K)
    return split_columns(transpose(softmax(log_u)), regions);
  }

  void initialize(WeightGenerator& generator) {
    const auto draw = [&](auto& weight, double low, double high) {
      HostArray numbers = to_host(weight);
      for (double& x : numbers.values) x = generator.uniform(low, high);
      assign(weight, numbers);
    };
    draw(mean_rho, 0, 1);
    draw(precision_rho, 0, 1);
    draw(mean_theta, -std::numbers::pi, std::numbers::pi);
    draw(precision_theta, 0, 1);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("mean_rho", self.mean_rho);
    f("precision_rho", self.precision_rho);
    f("mean_theta", self.mean_theta);
    f("precision_theta", self.precision_theta);
  }

 private:
  template <Tensor X>
  static auto absolute(const X& x) {
    return add(relu(x), relu(scale(x, -1)));
  }
  /// -x^2 / (2 (1e-14 + deviation^2)).
  template <Tensor X>
  static auto logarithm(const X& x, const vector_of<T>& deviation) {
    return scale(div(mul(x, x), shift(mul(deviation, deviation), 1e-14)), -0.5);
  }
};

}  // namespace mgan
