// From what is known of C to certified intervals of the interaction's score, Eq. (7)-(10).
//
// Weights are positive and sum to one, so min C <= S <= max C, whatever A and
// the temperature are. Where C varies little against the temperature, far tighter: with n numbers x within
// M of each other, d = M / tau,
//
//     p = softmax(x / tau):  |p - 1/n|_1 <= 2 tanh(d / 4),  |p_m - 1/n| <= (e^d - 1) / n
//     y = A p,  y0 = A 1/n:  osc(y - y0) <= w tau,   w tau = min(max_jk osc_m(A_jm - A_km) tanh(d / 4),
//                                                                max_jk sum_m |A_jm - A_km| (e^d - 1) / n)
//     a = softmax(y / tau), a0 = softmax(y0 / tau):  |a - a0|_1 <= 2 tanh(w / 4)
//     |ISA(x) - a0 . x| <= M tanh(w / 4)
//
// and a0 depends on n alone. So S is within a radius of a bilinear form, one dot product of vectors of 2 D numbers:
//
//     S ~ ((sum_k a2_k p_k) . (sum_l a1_l t_l) + (sum_k a3_k p_k) . (sum_l a4_l t_l)) / 2
//
// The 1-norm of a difference of two softmaxes is at most 2 tanh(osc(log-ratio) / 4): Birkhoff, for positive vectors.
// Rounding of the fp32 epilogue is added: error.hpp.
#pragma once

#include "mgan/core/list.hpp"
#include "mgan/kernels/cpu/epilogue/interaction/error.hpp"

namespace mgan::kernels {

/// The least and the largest entry of C, as c (n, padded) and the rests allow: without slack.
template <int W>
[[gnu::always_inline]] inline void extremes(const float* c, const float* rest_rows, const float* rest_words,
                                            std::int64_t padded, std::int64_t n, float& least, float& most) {
  using V = Floats<W>;
  V low = V{} + 1e30f, high = V{} - 1e30f;
  for (std::int64_t k = 0; k < padded; k += W) {
    V rest, v;
    load<W>(rest, rest_rows + k);
    for (std::int64_t l = 0; l < n; ++l) {
      load<W>(v, c + l * padded + k);
      const V off = rest * rest_words[l], up = v + off, down = off - v;
      raise_to(high, up);
      const V least_yet = -low;
      V most_down = least_yet;
      raise_to(most_down, down);
      low = -most_down;
    }
  }
  least = low[0];
  most = high[0];
  for (int lane = 1; lane < W; ++lane) {
    least = low[lane] < least ? low[lane] : least;
    most = high[lane] > most ? high[lane] : most;
  }
}

/// One square weight (its leading n x n block, row-major) at one n.
struct WeightBlock {
  List<double> a0;               // softmax(A 1/n / tau)
  double osc = 0, mean_gap = 0;  // max_jk osc_m(A_jm - A_km); max_jk sum_m |A_jm - A_km| / n
  double tau = 1;
  WeightSize size;

  WeightBlock() = default;
  WeightBlock(const float* A, std::int64_t leading, std::int64_t n, double temperature)
      : tau(temperature), size(WeightSize::of(A, leading, n)) {
    List<double> y0;
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t m = 0; m < n; ++m) sum += static_cast<double>(A[j * leading + m]);
      y0.push_back(sum / static_cast<double>(n));
      for (std::int64_t k = 0; k < j; ++k) {
        double high = -std::numeric_limits<double>::infinity(), low = -high, gap = 0;
        for (std::int64_t m = 0; m < n; ++m) {
          const double difference = static_cast<double>(A[j * leading + m]) - static_cast<double>(A[k * leading + m]);
          low = std::min(low, difference);
          high = std::max(high, difference);
          gap += std::abs(difference);
        }
        osc = std::max(osc, high - low);
        mean_gap = std::max(mean_gap, gap / static_cast<double>(n));
      }
    }
    const double top = *std::max_element(y0.begin(), y0.end());
    double total = 0;
    for (const double y : y0) total += std::exp((y - top) / tau);
    for (const double y : y0) a0.push_back(std::exp((y - top) / tau) / total);
  }

  /// tanh(w / 4) for x within M of each other.
  double factor(double M) const {
    const double d = M / tau;
    return std::tanh(std::min(osc * std::tanh(d / 4), mean_gap * std::expm1(d)) / tau / 4);
  }
  /// By how much the fp32 interaction of n numbers of at most `most` in size can be off.
  double rounding(double most) const { return interaction_error(size, a0.count(), tau, 0, most, /*rounded=*/1); }
};

/// The bounds of InteractionEpilogue, for captions of any length up to `longest`.
struct InteractionBounds {
  static constexpr bool has_center = true;
  static constexpr int steps = 256;  // of M, 0 to 2 times the size of C

  InteractionBounds(const InteractionEpilogue& e, std::int64_t K, std::int64_t longest, double size)
      : size_(size),
        A2_(e.A2, K, K, static_cast<double>(e.temperature)),
        A3_(e.A3, K, K, static_cast<double>(e.temperature)),
        length_(List<Length>::of(longest + 1)) {
    const double tau = static_cast<double>(e.temperature);
    for (std::int64_t n = 1; n <= longest; ++n) {
      Length& at = length_[n];
      at.A1 = WeightBlock(e.A1, e.words, n, tau);
      at.A4 = WeightBlock(e.A4, e.words, n, tau);
      const double rounding =
          (at.A1.rounding(size) + A2_.rounding(size) + A3_.rounding(size) + at.A4.rounding(size)) / 2;
      for (int s = 0; s <= steps; ++s) {
        const double M = 2 * size * s / steps;
        const double sum = at.A1.factor(M) + A2_.factor(M) + A3_.factor(M) + at.A4.factor(M);
        at.radius.push_back(static_cast<float>((M * sum / 2 + rounding) * 1.000001));
      }
    }
  }

  /// How far S can be from the center where C varies by at most M.
  float radius(std::int64_t n, float M) const {
    const auto& table = length_[n].radius;
    const double step = std::ceil(static_cast<double>(M) / (2 * size_) * steps);
    return step <= steps ? table[static_cast<std::int64_t>(std::max(step, 0.0))] : INFINITY;
  }
  /// Rounding of the fp32 epilogue on an interval of C.
  double convex_rounding(std::int64_t K, std::int64_t n) const {
    return static_cast<double>(2 * (K + n) + 16) * unit_roundoff * size_;
  }
  /// Both vectors of the center: image (2, D) and text (2, D); row(k) points to a patch or word.
  template <class Row>
  void image_center(std::int64_t K, std::int64_t D, const Row& row, float* to) const {
    combine(A2_.a0, A3_.a0, K, D, row, to);
  }
  template <class Row>
  void text_center(std::int64_t n, std::int64_t D, const Row& row, float* to) const {
    const Length& at = length_[n];
    combine(at.A1.a0, at.A4.a0, n, D, row, to);
  }
  /// The score's interval, without slack, from C as it is known.
  template <int W>
  [[gnu::always_inline]] void interval(const float* c, const float* rest_rows, const float* rest_words,
                                       std::int64_t padded, std::int64_t, std::int64_t n, float& least,
                                       float& most) const {
    extremes<W>(c, rest_rows, rest_words, padded, n, least, most);
  }

 private:
  struct Length {
    WeightBlock A1, A4;
    List<float> radius;
  };
  template <class Row>
  static void combine(const List<double>& a, const List<double>& b, std::int64_t n, std::int64_t D, const Row& row,
                      float* to) {
    auto x = List<double>::of(2 * D);
    for (std::int64_t j = 0; j < n; ++j) {
      const float* from = row(j);
      for (std::int64_t d = 0; d < D; ++d) {
        x[d] += a[j] * static_cast<double>(from[d]);
        x[D + d] += b[j] * static_cast<double>(from[d]);
      }
    }
    for (std::int64_t d = 0; d < 2 * D; ++d) to[d] = static_cast<float>(x[d]);
  }

  double size_;
  WeightBlock A2_, A3_;
  List<Length> length_;
};

inline InteractionBounds bounds_of(const InteractionEpilogue& e, std::int64_t K, std::int64_t longest, double size) {
  return {e, K, longest, size};
}

}  // namespace mgan::kernels
