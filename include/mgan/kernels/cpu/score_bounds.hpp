// From what is known of C to certified intervals of an epilogue's score.
//
// Interaction, Eq. (7)-(10): weights are positive and sum to one, so min C <= S <= max C, whatever A and
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
// Rounding of the fp32 epilogue is added: see `rounding`.
#pragma once

#include "mgan/kernels/cpu/epilogues.hpp"
#include "mgan/kernels/cpu/heads.hpp"

namespace mgan::kernels {

/// One square weight (its leading n x n block, row-major) at one n.
struct WeightBlock {
  std::vector<double> a0;        // softmax(A 1/n / tau)
  double osc = 0, mean_gap = 0;  // max_jk osc_m(A_jm - A_km); max_jk sum_m |A_jm - A_km| / n
  double largest = 0, tau = 1;   // max |A|

  WeightBlock() = default;
  WeightBlock(const float* A, std::int64_t leading, std::int64_t n, double temperature) : tau(temperature) {
    std::vector<double> y0;
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t m = 0; m < n; ++m) {
        sum += static_cast<double>(A[j * leading + m]);
        largest = std::max(largest, std::abs(static_cast<double>(A[j * leading + m])));
      }
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
  /// By how much the fp32 interaction of n numbers of at most `size` can be off, the weights' errors included: relative
  /// errors of exp2_of and of its rounded argument, twice, the second time carried through A and 1 / tau.
  double rounding(double size) const {
    const double u = 0x1p-24, n = static_cast<double>(a0.size()), log2e = 1.4427;
    const double p = 2 * (4e-7 + 6 * u * size / tau * log2e) + (n + 4) * u;
    const double y = largest * (p + (n + 4) * u);
    const double a = 2 * (4e-7 + 6 * u * largest / tau * log2e + 2 * y / tau) + (n + 4) * u;
    return 2 * a < 1 ? size * (4 * a + (n + 4) * u) : static_cast<double>(INFINITY);
  }
};

/// The bounds of InteractionEpilogue, for captions of any length up to `longest`.
struct InteractionBounds {
  static constexpr bool has_center = true;
  static constexpr int steps = 256;  // of M, 0 to 2 times the size of C

  InteractionBounds(const InteractionEpilogue& e, std::int64_t K, std::int64_t longest, double size)
      : size_(size),
        A2_(e.A2, K, K, static_cast<double>(e.temperature)),
        A3_(e.A3, K, K, static_cast<double>(e.temperature)),
        length_(static_cast<std::size_t>(longest) + 1) {
    const double tau = static_cast<double>(e.temperature);
    for (std::int64_t n = 1; n <= longest; ++n) {
      Length& at = length_[static_cast<std::size_t>(n)];
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
    const auto& table = length_[static_cast<std::size_t>(n)].radius;
    const double step = std::ceil(static_cast<double>(M) / (2 * size_) * steps);
    return step <= steps ? table[static_cast<std::size_t>(std::max(step, 0.0))] : INFINITY;
  }
  /// Rounding of the fp32 epilogue on an interval of C.
  double convex_rounding(std::int64_t K, std::int64_t n) const {
    return static_cast<double>(2 * (K + n) + 16) * 0x1p-24 * size_;
  }
  /// Both vectors of the center: image (2, D) and text (2, D); row(k) points to a patch or word.
  template <class Row>
  void image_center(std::int64_t K, std::int64_t D, const Row& row, float* to) const {
    combine(A2_.a0, A3_.a0, K, D, row, to);
  }
  template <class Row>
  void text_center(std::int64_t n, std::int64_t D, const Row& row, float* to) const {
    const Length& at = length_[static_cast<std::size_t>(n)];
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
    std::vector<float> radius;
  };
  template <class Row>
  static void combine(const std::vector<double>& a, const std::vector<double>& b, std::int64_t n, std::int64_t D,
                      const Row& row, float* to) {
    std::vector<double> x(static_cast<std::size_t>(2 * D));
    for (std::int64_t j = 0; j < n; ++j) {
      const double first = a[static_cast<std::size_t>(j)], second = b[static_cast<std::size_t>(j)];
      const float* from = row(j);
      for (std::int64_t d = 0; d < D; ++d) {
        x[static_cast<std::size_t>(d)] += first * static_cast<double>(from[d]);
        x[static_cast<std::size_t>(D + d)] += second * static_cast<double>(from[d]);
      }
    }
    for (std::int64_t d = 0; d < 2 * D; ++d) to[d] = static_cast<float>(x[static_cast<std::size_t>(d)]);
  }

  double size_;
  WeightBlock A2_, A3_;
  std::vector<Length> length_;
};

/// The bounds of MaximaEpilogue: the maxima of the bounds of C, pooled.
struct MaximaBounds {
  static constexpr bool has_center = false;
  MaximaEpilogue epilogue;
  double size = 1;

  MaximaBounds(const MaximaEpilogue& e, std::int64_t, std::int64_t, double largest) : epilogue(e), size(largest) {}

  double convex_rounding(std::int64_t K, std::int64_t n) const {
    const double words = epilogue.mean ? 1 : static_cast<double>(n), rows = epilogue.mean ? 1 : static_cast<double>(K);
    return static_cast<double>(K + n + 16) * 0x1p-23 * size *
           (static_cast<double>(std::abs(epilogue.factor_words)) * words +
            static_cast<double>(std::abs(epilogue.factor_rows)) * rows);
  }
  /// How much an error of every entry of C counts.
  double gain(std::int64_t K, std::int64_t n) const {
    return (epilogue.mean ? 1 : static_cast<double>(n)) * static_cast<double>(epilogue.factor_words) +
           (epilogue.mean ? 1 : static_cast<double>(K)) * static_cast<double>(epilogue.factor_rows);
  }
  template <int W>
  [[gnu::always_inline]] void interval(const float* c, const float* rest_rows, const float* rest_words,
                                       std::int64_t padded, std::int64_t K, std::int64_t n, float& least,
                                       float& most) const {
    float words_low = 0, words_high = 0, rows_low = 0, rows_high = 0;
    for (std::int64_t l = 0; l < n; ++l) {
      float low = -1e30f, high = -1e30f;
      for (std::int64_t k = 0; k < K; ++k) {
        const float off = rest_rows[k] * rest_words[l], v = c[l * padded + k];
        low = v - off > low ? v - off : low;
        high = v + off > high ? v + off : high;
      }
      words_low += low;
      words_high += high;
    }
    for (std::int64_t k = 0; k < K && epilogue.factor_rows != 0; ++k) {
      float low = -1e30f, high = -1e30f;
      for (std::int64_t l = 0; l < n; ++l) {
        const float off = rest_rows[k] * rest_words[l], v = c[l * padded + k];
        low = v - off > low ? v - off : low;
        high = v + off > high ? v + off : high;
      }
      rows_low += low;
      rows_high += high;
    }
    const float a = epilogue.mean ? epilogue.factor_words / static_cast<float>(n) : epilogue.factor_words;
    const float b = epilogue.mean ? epilogue.factor_rows / static_cast<float>(K) : epilogue.factor_rows;
    least = words_low * a + rows_low * b;
    most = words_high * a + rows_high * b;
  }
};

inline InteractionBounds bounds_of(const InteractionEpilogue& e, std::int64_t K, std::int64_t longest, double size) {
  return {e, K, longest, size};
}
inline MaximaBounds bounds_of(const MaximaEpilogue& e, std::int64_t K, std::int64_t longest, double size) {
  return {e, K, longest, size};
}

}  // namespace mgan::kernels
